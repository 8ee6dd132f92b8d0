"""Credentials that live: files, helpers and renewal after the host refused them."""

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.codecommit import is_codecommit, signed_login
from configserver.backends.git.transport.credentials import login_for
from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.talking import Stopwatch, failure, look, without_proxies
from tests.peers.http_git import HttpGit
from tests.peers.processes import gone


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def commit(repository: GitRepository) -> str:
    return repository.commit({"application.yml": "a: 1"})


@pytest.fixture
def host(repository: GitRepository) -> Iterator[HttpGit]:
    with HttpGit(repository.path.parent, users={"bot": "old"}) as served:
        yield served


class Helper:
    """A credential helper that notes each call and gives what a file holds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.path = folder / "git-credential-noting"
        self.path.write_text(
            f'#!/bin/sh\necho "$1" >> {folder}/calls\ncat >> {folder}/asked\n'
            f"[ $1 = get ] && cat {folder}/answer\n"
            f"[ $1 != erase ] || cp {folder}/next {folder}/answer\n"
        )
        self.path.chmod(0o755)
        self.give("bot", "old")

    def give(self, username: str, password: str, *, then: str = "", more: str = "") -> None:
        """Give these, and another password after `erase`."""
        answer = f"username={username}\npassword={{}}\n{more}"
        (self._folder / "answer").write_text(answer.format(password))
        (self._folder / "next").write_text(answer.format(then or password))

    @property
    def calls(self) -> list[str]:
        path = self._folder / "calls"
        return path.read_text().split() if path.exists() else []

    @property
    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()


@pytest.fixture
def helper(tmp_path: Path) -> Helper:
    return Helper(tmp_path / "helper")


class TestFiles:
    def test_a_rotated_file_is_used_by_the_next_look(
        self, host: HttpGit, commit: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "password"
        file.write_text("old\n")
        access = Access(username="bot", password_file=str(file))
        assert look(host.uri("config"), access) == commit
        host.set_users({"bot": "new"})
        file.write_text("new\r\n")
        assert look(host.uri("config"), access) == commit
        assert {request.status for request in host.requests(3)} == {200}

    def test_a_file_that_changes_while_the_host_refuses_is_used_at_once(
        self, host: HttpGit, commit: str, tmp_path: Path
    ) -> None:
        """The orchestrator may put the new file there a moment after the host wants it."""
        file = tmp_path / "password"
        os.mkfifo(file)
        writer = os.fork()
        if not writer:
            for text in ("stale", "old"):
                with file.open("w") as pipe:
                    pipe.write(text)
                time.sleep(0.1)
            os._exit(0)
        assert look(host.uri("config"), Access(username="bot", password_file=str(file))) == commit
        os.waitpid(writer, 0)
        assert [request.status for request in host.requests(3)] == [401, 200, 200]

    @pytest.mark.parametrize("field", ["password_file", "token_file", "bearer_file"])
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "the file {path} cannot be read: No such file or directory"),
            (b"", "the file {path} is empty"),
            (b"\n", "the file {path} is empty"),
            (b"\xff\xfe", "the file {path} is no text in UTF-8"),
        ],
    )
    def test_a_file_that_cannot_be_used(
        self, tmp_path: Path, field: str, content: bytes | None, reason: str
    ) -> None:
        path = tmp_path / "secret"
        if content is not None:
            path.write_bytes(content)
        access = Access(
            username="u",
            password_file=str(path) if field == "password_file" else None,
            token_file=str(path) if field == "token_file" else None,
            bearer_file=str(path) if field == "bearer_file" else None,
        )
        found = failure("http://127.0.0.1:9/config", access)
        assert (found.fault, found.reason) == (Fault.CREDENTIALS, reason.format(path=path))


class TestHelpers:
    def test_it_is_asked_as_git_does_and_once(
        self, host: HttpGit, commit: str, helper: Helper
    ) -> None:
        access = Access(credential_helper=str(helper.path), username="bot")
        for _ in range(3):
            assert look(host.uri("config"), access) == commit
        assert helper.calls == ["get"]
        assert helper.asked == [
            *("protocol=http", f"host=localhost:{host.port}", "path=config", "username=bot", "")
        ]

    def test_after_a_refusal_it_is_told_and_asked_again(
        self, host: HttpGit, commit: str, helper: Helper
    ) -> None:
        access = Access(credential_helper=str(helper.path))
        look(host.uri("config"), access)
        host.set_users({"bot": "new"})
        helper.give("bot", "old", then="new")
        assert look(host.uri("config"), access) == commit
        assert helper.calls == ["get", "erase", "get"]
        assert "password=old" in helper.asked

    def test_the_same_again_is_not_tried_again(self, host: HttpGit, helper: Helper) -> None:
        helper.give("bot", "wrong")
        found = failure(host.uri("config"), Access(credential_helper=str(helper.path)))
        assert found.fault is Fault.LOGIN
        assert helper.calls == ["get", "erase", "get"]
        assert len(host.requests(1)) == 1

    def test_other_wrong_ones_are_tried_once(self, host: HttpGit, helper: Helper) -> None:
        helper.give("bot", "wrong", then="wrong too")
        failure(host.uri("config"), Access(credential_helper=str(helper.path)))
        assert len(host.requests(2)) == 2

    @pytest.mark.parametrize(("left", "calls"), [(3600, 1), (5, 2)])
    def test_what_expires_is_asked_for_again(
        self, host: HttpGit, commit: str, helper: Helper, left: int, calls: int
    ) -> None:
        expires = int(time.time()) + left
        helper.give("bot", "old", more=f"password_expiry_utc={expires}\n")
        access = Access(credential_helper=str(helper.path))
        for _ in range(2):
            assert look(host.uri("config"), access) == commit
        assert helper.calls == ["get"] * calls

    def test_a_name_is_one_of_gits_helpers(
        self, host: HttpGit, commit: str, helper: Helper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{helper.path.parent}:{os.environ['PATH']}")
        assert look(host.uri("config"), Access(credential_helper="noting")) == commit
        assert helper.calls == ["get"]

    def test_a_snippet_is_for_the_shell_and_is_no_argument(
        self, host: HttpGit, commit: str, tmp_path: Path
    ) -> None:
        arguments = tmp_path / "arguments"
        snippet = (
            f"!f() {{ tr '\\0' ' ' < /proc/$$/cmdline > {arguments};"
            ' echo username=bot; echo "password=old"; }; f'
        )
        assert look(host.uri("config"), Access(credential_helper=snippet)) == commit
        assert "password" not in arguments.read_text()

    def test_gits_own_store_works(self, host: HttpGit, commit: str, tmp_path: Path) -> None:
        """It knows hosts without paths, so that it is asked a second time."""
        store = tmp_path / "store"
        store.write_text(f"http://bot:old@localhost%3a{host.port}\n")
        access = Access(credential_helper=f"store --file={store}")
        assert look(host.uri("config"), access) == commit

    @pytest.mark.parametrize(
        ("command", "reason"),
        [
            ("/nowhere/helper", "the credential helper cannot be run"),
            ("!exit 3", "the credential helper ended with exit code 3"),
            ("!no-such-program", "the credential helper is not installed"),
            ("!sleep 60;:", "the credential helper did not answer within 0.3 s"),
            ("'", "the credential helper cannot be run"),
        ],
    )
    def test_a_helper_that_fails(self, command: str, reason: str) -> None:
        access = Access(credential_helper=command)
        timeout = 0.3 if "0.3 s" in reason else 10.0
        found = failure("http://127.0.0.1:9/config", access, timeout=timeout)
        assert (found.fault, found.reason) == (Fault.CREDENTIALS, reason)

    def test_one_that_takes_too_long_is_ended_with_what_it_waits_for(self, tmp_path: Path) -> None:
        pid = tmp_path / "pid"
        access = Access(credential_helper=f"!sleep 60 & echo $! > {pid}; wait; :")
        watch = Stopwatch()
        failure("http://127.0.0.1:9/config", access, timeout=1)
        assert watch.seconds < 20
        assert gone(int(pid.read_text()))

    def test_control_characters_are_never_passed_on(self, helper: Helper) -> None:
        """A line break in a user would let a URI choose the host whose password is given."""
        uri = "http://x%0ahost=github.com@127.0.0.1:9/config"
        found = failure(uri, Access(credential_helper=str(helper.path)))
        assert found.fault is Fault.CREDENTIALS
        assert helper.calls == []

    def test_one_that_has_nothing(self, host: HttpGit) -> None:
        found = failure(host.uri("config"), Access(credential_helper="!true"))
        assert "none is configured" in found.reason


class TestOrder:
    @pytest.mark.parametrize(
        ("uri", "access", "login"),
        [
            ("https://h/r", Access(), None),
            ("https://h/r", Access(username="u"), None),
            ("https://h/r", Access(password=Secret("p")), None),
            (
                "https://h/r",
                Access(username="u", password=Secret("p")),
                Login("u", Secret("p")),
            ),
            (
                "https://x:y@h/r",
                Access(username="u", password=Secret("p")),
                Login("u", Secret("p")),
            ),
            ("https://x:y@h/r", Access(username="u"), Login("x", Secret("y"))),
            ("https://x@h/r", Access(), Login("x", Secret(""))),
            ("https://x@h/r", Access(token=Secret("t")), Login("x", Secret("t"))),
            (
                "https://h/r",
                Access(token=Secret("t"), username="u", password=Secret("p")),
                Login("u", Secret("t")),
            ),
            (
                "https://h/r",
                Access(token=Secret("t"), bearer=Secret("b")),
                Login(None, Secret("b")),
            ),
            (
                "https://h/r",
                Access(username="u", password=Secret("p"), credential_helper="!exit 1"),
                Login("u", Secret("p")),
            ),
        ],
    )
    def test_which_credentials(self, uri: str, access: Access, login: Login | None) -> None:
        assert login_for(Target.parse(uri), access, timeout=1) == login


class TestCodeCommit:
    """The vector was computed with `openssl dgst -hmac`, step by step as AWS documents it."""

    TARGET = Target.parse("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/config")

    def test_the_password_is_a_signature(self) -> None:
        now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
        login = signed_login(self.TARGET, "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG"), now)
        assert login.username == "AKIDEXAMPLE"
        assert (
            login.secret.reveal()
            == "20260102T030405Zb331a6943abc84da8b124ef88d07037cbf0a28e667fcf51790d98aa34fdb8c96"
        )

    def test_a_helper_s_signature_is_asked_for_each_time(self, helper: Helper) -> None:
        access = Access(credential_helper=str(helper.path))
        for _ in range(2):
            assert login_for(self.TARGET, access, timeout=5) == Login("bot", Secret("old"))
        assert helper.calls == ["get", "get"]

    @pytest.mark.parametrize(
        ("uri", "is_one"),
        [
            ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/config", True),
            ("http://git-codecommit.eu-west-1.amazonaws.com/v1/repos/config", False),
            ("https://git-codecommit.eu-west-1.amazonaws.com.evil.example/r", False),
            ("https://github.com/r", False),
        ],
    )
    def test_which_hosts(self, uri: str, *, is_one: bool) -> None:
        assert is_codecommit(Target.parse(uri)) is is_one

    def test_user_and_password_are_the_keys(self) -> None:
        access = Access(username="AKID", password=Secret("key"))
        login = login_for(self.TARGET, access, timeout=1)
        assert login is not None
        assert login.username == "AKID"
        assert "key" not in login.secret.reveal()


def test_credentials_cannot_be_seen_in_what_is_raised(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as found:
        login_for(
            Target.parse("https://u@h/r"),
            Access(password_file=str(tmp_path)),
            timeout=1,
        )
    assert found.value.reason == f"the file {tmp_path} cannot be read: Is a directory"
