"""Git over HTTP, from a real Apache with `git http-backend`: logins, redirects, failures."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault
from configserver.backends.git.transport import http
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.talking import Stopwatch, clone, failure, look, without_proxies
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.relay import Relay, black_hole

LOGIN = Access(username="bot", password=Secret("pässword:1"))
BIG = 600_000


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def commit(repository: GitRepository) -> str:
    return repository.commit({"application.yml": "a: 1", "big": os.urandom(BIG)})


@pytest.fixture
def host(repository: GitRepository) -> Iterator[HttpGit]:
    with HttpGit(repository.path.parent, users={"bot": "pässword:1"}) as served:
        yield served


@pytest.fixture
def open_host(repository: GitRepository) -> Iterator[HttpGit]:
    with HttpGit(repository.path.parent) as served:
        yield served


class TestLogin:
    @pytest.mark.parametrize(
        ("access", "user"),
        [
            (LOGIN, ""),
            (Access(), "bot:p%C3%A4ssword%3A1"),
            (Access(password=Secret("pässword:1")), "bot"),
            (LOGIN, "other:wrong"),
            (Access(username="bot", token=Secret("pässword:1")), ""),
            (Access(username="bot", password_file="{file}"), ""),
            (Access(username="bot", token_file="{file}"), ""),
        ],
        ids=["settings", "uri", "user in uri", "settings first", "token", "file", "token file"],
    )
    def test_user_and_password_open_the_repository(
        self, host: HttpGit, commit: str, access: Access, user: str, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("pässword:1\n")
        fields = {name: getattr(access, name) for name in Access.__slots__}
        files = {
            name: str(tmp_path / "secret") for name, value in fields.items() if value == "{file}"
        }
        assert look(host.uri("config", user=user), Access(**{**fields, **files})) == commit

    def test_a_whole_clone_works(self, host: HttpGit, commit: str, tmp_path: Path) -> None:
        assert clone(host.uri("config"), tmp_path / "mirror", LOGIN) == commit

    def test_a_token_without_a_user_goes_with_the_name_that_hosts_accept(
        self, host: HttpGit, commit: str
    ) -> None:
        host.set_users({"x-access-token": "t0k"})
        assert look(host.uri("config"), Access(token=Secret("t0k"))) == commit

    def test_a_lone_user_in_the_uri_is_a_token(self, host: HttpGit, commit: str) -> None:
        host.set_users({"t0k": ""})
        assert look(host.uri("config", user="t0k")) == commit

    @pytest.mark.parametrize("from_file", [False, True])
    def test_a_bearer_token_is_a_header(
        self, repository: GitRepository, commit: str, tmp_path: Path, *, from_file: bool
    ) -> None:
        (tmp_path / "bearer").write_text("b3ar\n")
        access = Access(bearer=Secret("b3ar"))
        if from_file:
            access = Access(bearer_file=str(tmp_path / "bearer"))
        with HttpGit(repository.path.parent, bearer="b3ar") as guarded:
            assert look(guarded.uri("config"), access) == commit
            assert {asked.authorization for asked in guarded.requests(2)} == {"Bearer b3ar"}
            assert failure(guarded.uri("config"), Access(bearer=Secret("x"))).fault is Fault.LOGIN

    def test_a_user_without_a_password_is_not_sent(self, host: HttpGit, commit: str) -> None:
        del commit
        found = failure(host.uri("config"), Access(username="bot"))
        assert "none is configured" in found.reason
        assert [asked.authorization for asked in host.requests(1)] == ["-"]

    def test_a_refused_login_that_cannot_be_had_anew_is_not_tried_again(
        self, host: HttpGit
    ) -> None:
        wrong = Access(username="bot", password=Secret("wrong"))
        found = failure(host.uri("config"), wrong)
        assert (found.fault, found.reason) == (
            Fault.LOGIN,
            f"localhost:{host.port} refuses the login",
        )
        assert len(host.requests(1)) == 1


class TestRedirects:
    def test_on_the_same_host_credentials_go_along(self, host: HttpGit, commit: str) -> None:
        assert look(host.uri("moved/config"), LOGIN) == commit
        asked = host.requests(3)
        assert [request.status for request in asked] == [301, 200, 200]
        assert len({request.authorization for request in asked}) == 1

    def test_where_they_lead_is_asked_each_time(self, host: HttpGit, commit: str) -> None:
        for _ in range(2):
            assert look(host.uri("moved/config"), LOGIN) == commit
        assert [request.status for request in host.requests(6)] == [301, 200, 200] * 2

    def test_another_origin_never_sees_them(
        self, host: HttpGit, open_host: HttpGit, commit: str
    ) -> None:
        host.redirect_to(open_host.uri("").rstrip("/"))
        assert look(host.uri("config"), LOGIN) == commit
        assert {asked.authorization for asked in open_host.requests(2)} == {"-"}
        assert "Basic" in host.requests(1)[0].authorization

    def test_another_origin_that_wants_them_is_named(
        self, host: HttpGit, open_host: HttpGit
    ) -> None:
        open_host.redirect_to(host.uri("").rstrip("/"))
        found = failure(open_host.uri("config"), LOGIN)
        assert found.fault is Fault.LOGIN
        assert f"http://localhost:{host.port}" in found.hint

    def test_a_circle_ends(self, open_host: HttpGit) -> None:
        open_host.redirect_to(open_host.uri("").rstrip("/"))
        assert "more than 5" in failure(open_host.uri("config")).reason
        assert len(open_host.requests(6)) == 6

    def test_a_page_for_logging_in_is_no_repository(self, open_host: HttpGit) -> None:
        open_host.lead_to(open_host.uri("sign_in"))
        assert "page that is no repository" in failure(open_host.uri("config")).reason


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "fault", "reason"),
        [
            (401, Fault.LOGIN, "localhost:{port} refuses the login"),
            (403, Fault.FORBIDDEN, "localhost:{port} forbids to read the repository"),
            (404, Fault.ABSENT, "localhost:{port} has no such repository"),
            (410, Fault.ABSENT, "localhost:{port} has no such repository"),
            (429, Fault.SERVER, "localhost:{port} wants fewer requests (status 429)"),
            (500, Fault.SERVER, "localhost:{port} has trouble (status 500)"),
            (503, Fault.SERVER, "localhost:{port} has trouble (status 503)"),
            (400, Fault.PROTOCOL, "localhost:{port} answered with status 400"),
        ],
    )
    @pytest.mark.parametrize("known", [False, True], ids=["first look", "later look"])
    def test_a_status_has_a_meaning(
        self, host: HttpGit, commit: str, status: int, fault: Fault, reason: str, *, known: bool
    ) -> None:
        """It is the same whether or not the host is known already; then all is well again."""
        if known:
            look(host.uri("config"), LOGIN)
        host.answer_with(status)
        found = failure(host.uri("config"), LOGIN)
        assert (found.fault, found.reason) == (fault, reason.format(port=host.port))
        host.answer_with(None)
        assert look(host.uri("config"), LOGIN) == commit

    def test_what_is_not_there_is_absent(self, host: HttpGit, commit: str) -> None:
        del commit
        assert failure(host.uri("nothing"), LOGIN).fault is Fault.ABSENT

    @pytest.mark.parametrize("known", [False, True])
    def test_a_web_page_is_not_git(self, host: HttpGit, commit: str, *, known: bool) -> None:
        del commit
        if known:
            look(host.uri("config"), LOGIN)
        host.answer_html()
        found = failure(host.uri("config"), LOGIN)
        assert (found.fault, found.reason) == (
            Fault.PROTOCOL,
            f"localhost:{host.port} sent a web page and not Git",
        )

    def test_nothing_listens(self) -> None:
        found = failure(f"http://localhost:{free_port()}/config")
        assert found.fault is Fault.CONNECT
        assert found.reason.endswith("refuses connections")

    @pytest.mark.parametrize("scheme", ["http", "https", "git"])
    def test_a_name_that_nobody_knows(self, scheme: str) -> None:
        found = failure(f"{scheme}://nowhere.invalid/config")
        assert (found.fault, found.reason) == (
            Fault.NAME,
            "nowhere.invalid is a name that cannot be resolved",
        )

    @pytest.mark.parametrize(
        "uri",
        ["http://", "http:///x", "https://h:port/x", "http://[::1/x", "git:///x", "git://-x/"],
    )
    def test_a_uri_without_a_host(self, uri: str) -> None:
        assert failure(uri).fault is Fault.NAME

    @pytest.mark.parametrize("scheme", ["http", "https", "git"])
    def test_a_host_that_accepts_no_connection(self, scheme: str) -> None:
        with black_hole() as port:
            watch = Stopwatch()
            found = failure(f"{scheme}://127.0.0.1:{port}/config", timeout=0.5)
        assert found.fault is Fault.TIMEOUT
        assert 0.4 < watch.seconds < 3

    @pytest.mark.parametrize("known", [False, True], ids=["new connection", "kept connection"])
    def test_a_frozen_host(self, host: HttpGit, commit: str, *, known: bool) -> None:
        if known:
            look(host.uri("config"), LOGIN)
        host.freeze()
        watch = Stopwatch()
        found = failure(host.uri("config"), LOGIN, timeout=0.5)
        assert (found.fault, found.reason) == (
            Fault.TIMEOUT,
            f"localhost:{host.port} did not answer within 0.5 s",
        )
        assert 0.4 < watch.seconds < 3
        host.thaw()
        assert look(host.uri("config"), LOGIN) == commit

    def test_a_transfer_that_stops_in_the_middle(
        self, open_host: HttpGit, commit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "KEEPALIVE", 0.0)
        with Relay(open_host.port) as relay:
            uri = f"http://127.0.0.1:{relay.port}/config"
            relay.freeze_after(BIG // 2)
            watch = Stopwatch()
            with pytest.raises(Exception, match="stopped in the middle of its answer") as found:
                clone(uri, tmp_path / "frozen", timeout=0.5)
            assert getattr(found.value, "fault", None) is Fault.TIMEOUT
            assert watch.seconds < 3
            relay.thaw()
            assert clone(uri, tmp_path / "thawed") == commit

    def test_a_truncated_pack(self, open_host: HttpGit, commit: str, tmp_path: Path) -> None:
        with Relay(open_host.port) as relay:
            uri = f"http://127.0.0.1:{relay.port}/config"
            relay.cut_after(BIG // 2)
            with pytest.raises(Exception, match="ended its answer in the middle") as found:
                clone(uri, tmp_path / "cut")
            assert getattr(found.value, "fault", None) is Fault.PROTOCOL
            relay.cut_after(None)
            assert clone(uri, tmp_path / "whole") == commit

    def test_a_host_that_hangs_up(self, open_host: HttpGit) -> None:
        with Relay(open_host.port) as relay:
            relay.cut_after(0)
            found = failure(f"http://127.0.0.1:{relay.port}/config")
        assert (found.fault, found.reason) == (
            Fault.PROTOCOL,
            f"127.0.0.1:{relay.port} closed the connection without an answer",
        )


def test_files_behind_any_web_server_are_a_repository(
    repository: GitRepository, commit: str, tmp_path: Path
) -> None:
    """Git calls that the dumb protocol."""
    repository.git("update-server-info")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(repository.path))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as base:
        assert look(f"{base}/.git") == commit
        assert clone(f"{base}/.git", tmp_path / "mirror") == commit


@pytest.mark.parametrize(
    ("status", "kind", "body", "reason"),
    [
        (200, None, b"", "does not answer as Git does"),
        (200, "text/plain", b"", "does not answer as Git does"),
        (200, "text/plain", b"hello", "does not answer as Git does"),
        (200, "application/x-git-upload-pack-advertisement", b"", "closed the connection"),
        (
            200,
            "application/x-git-upload-pack-advertisement",
            b"junk",
            "does not answer as Git does",
        ),
        (301, None, b"", "redirects to nowhere"),
        (204, None, b"", "answered with status 204"),
    ],
)
def test_nonsense_is_never_an_empty_repository(
    status: int, kind: str | None, body: bytes, reason: str
) -> None:
    """That would be followed by forgetting all branches."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if kind is not None:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as base:
        found = failure(f"{base}/config")
    assert found.fault is Fault.PROTOCOL
    assert reason in found.reason


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestKeptConnections:
    def test_looks_share_a_connection_and_need_one_request_each(
        self, host: HttpGit, commit: str
    ) -> None:
        with Relay(host.port) as relay:
            uri = f"http://localhost:{relay.port}/config"
            for _ in range(5):
                assert look(uri, LOGIN) == commit
            assert relay.connections == 1
        assert [asked.method for asked in host.requests(6)] == ["GET", *["POST"] * 5]
        assert {asked.protocol for asked in host.requests()} == {"version=2"}

    def test_a_clone_leaves_its_connection_to_the_next_look(
        self, host: HttpGit, commit: str, tmp_path: Path
    ) -> None:
        with Relay(host.port) as relay:
            uri = f"http://localhost:{relay.port}/config"
            clone(uri, tmp_path / "mirror", LOGIN)
            assert look(uri, LOGIN) == commit
            assert relay.connections == 1

    def test_one_that_the_host_has_closed_is_replaced(self, host: HttpGit, commit: str) -> None:
        with Relay(host.port) as relay:
            uri = f"http://localhost:{relay.port}/config"
            look(uri, LOGIN)
            relay.cut()
            assert look(uri, LOGIN) == commit
            assert relay.connections == 2

    def test_a_look_costs_little(self, host: HttpGit, commit: str) -> None:
        """The rest of a look's time is the host's: a few milliseconds to run Git."""
        del commit
        uri = host.uri("config")
        look(uri, LOGIN)
        taken = []
        for _ in range(20):
            began = time.process_time()
            look(uri, LOGIN)
            taken.append(time.process_time() - began)
        assert statistics.median(taken) < 0.01


def test_the_server_itself_loads_none_of_this() -> None:
    """What talks to hosts is for the process that fetches; the server starts without it."""
    code = "import sys, configserver.app; print({'urllib3', 'jwt'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
