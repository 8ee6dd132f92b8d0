"""Fetching through a real OpenSSH server: keys, host keys, paths, proxies."""

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dulwich.refs import Ref
from dulwich.repo import Repo

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.ssh import SshClient, open_ssh
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.ssh_cases import PASSPHRASE, access_to, private, public, refs
from tests.peers.proxy import HttpProxy
from tests.peers.ssh_git import SshHost

MAIN = {"HEAD", "refs/heads/main"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A host with ed25519 and RSA host keys, and three repositories for different keys."""
    root = tmp_path_factory.mktemp("repositories")
    for name in ("one", "two", "it's $HOME; `odd`"):
        work = GitRepository(root / "work" / name)
        work.commit({"application.yml": f"name: {name}"})
        work.git("clone", "-q", "--bare", ".", str(root / f"{name}.git"))
    with SshHost(root, kinds=("ed25519", "rsa")) as served:
        for kind in ("rsa", "ecdsa", "ed25519"):
            served.allow(public(kind))
        served.allow(public(n=1), "one.git")
        served.allow(public(n=2), "two.git")
        yield served


def test_fetch(host: SshHost, tmp_path: Path) -> None:
    client, path = open_ssh(host.uri("/~/one.git"), access_to(host), timeout=10)
    with Repo.init_bare(str(tmp_path / "mirror"), mkdir=True) as mirror:
        result = client.fetch(path, mirror)
        client.close()
        head = result.refs[Ref(b"refs/heads/main")]
        assert head is not None
        assert head in mirror.object_store
    assert client.protocol_version == 2


PATHS = [
    "ssh://{user}@127.0.0.1:{port}{root}/one.git",
    "ssh://{user}@127.0.0.1:{port}/~/one.git",
    "ssh://{user}@127.0.0.1:{port}/~/it's%20$HOME;%20`odd`.git",
    "ssh://127.0.0.1:{port}/~/one.git",
]


@pytest.mark.parametrize("form", PATHS)
def test_paths(host: SshHost, form: str) -> None:
    uri = form.format(user=host.user, port=host.port, root=host.root)
    assert refs(uri, access_to(host)) == MAIN


LOCKED = [
    ("rsa", "pkcs1", True),
    ("rsa", "pkcs8", False),
    ("rsa", "openssh", True),
    ("ecdsa", "pkcs1", False),
    ("ecdsa", "openssh", True),
    ("ed25519", "pkcs8", True),
    ("ed25519", "openssh", False),
]


@pytest.mark.parametrize(("kind", "form", "locked"), LOCKED)
def test_keys(host: SshHost, kind: str, form: str, locked: bool) -> None:
    """RSA keys sign with SHA-2: this server takes no ssh-rsa signature."""
    given = Secret(private(kind, form, locked=locked))
    access = access_to(host, private_key=given, passphrase=Secret(PASSPHRASE))
    assert refs(host.uri("/~/one.git"), access) == MAIN


@pytest.mark.parametrize("local_ssh", [True, False])
def test_key_files_in_their_order(host: SshHost, tmp_path: Path, local_ssh: bool) -> None:
    """A file that all may read is as good, as orchestrators mount them so."""
    for number in (1, 2):
        (tmp_path / f"key {number}%d").write_text(private(n=number))
        (tmp_path / f"key {number}%d").chmod(0o644)
    files = tuple(str(tmp_path / f"key {number}%d") for number in (2, 1))
    access = access_to(host, private_key=None, private_key_files=files, local_ssh=local_ssh)
    assert refs(host.uri("/~/two.git"), access) == MAIN
    with pytest.raises(Unreachable) as caught:  # this host takes the first key for a login
        refs(host.uri("/~/one.git"), access)
    assert caught.value.fault is Fault.ABSENT


def test_two_repositories_on_one_host_have_a_key_each(host: SshHost) -> None:
    one, two = (access_to(host, private_key=Secret(private(n=number))) for number in (1, 2))
    for name, access, other in (("one", one, two), ("two", two, one)):
        assert refs(host.uri(f"/~/{name}.git"), access) == MAIN
        with pytest.raises(Unreachable) as caught:
            refs(host.uri(f"/~/{name}.git"), other)
        assert caught.value.fault is Fault.ABSENT


def test_a_passphrase_alone_unlocks_a_default_key(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ecdsa").write_text(private("ecdsa", locked=True))
    access = access_to(host, private_key=None, passphrase=Secret(PASSPHRASE), local_ssh=True)
    assert refs(host.uri("/~/one.git"), access) == MAIN


def test_a_refused_login_says_what_was_tried(host: SshHost) -> None:
    access = access_to(host, private_key=Secret(private(n=9)))
    with pytest.raises(Unreachable) as caught:
        refs(host.uri("/~/one.git"), access)
    assert caught.value.fault is Fault.LOGIN
    assert "it takes publickey; tried: private-key (SHA256:" in caught.value.reason


def test_without_local_settings_no_key_of_the_user_is_tried(host: SshHost) -> None:
    with pytest.raises(Unreachable, match="nothing was tried") as caught:
        refs(host.uri("/~/one.git"), access_to(host, private_key=None))
    assert caught.value.fault is Fault.LOGIN


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a user of its own a password")
def test_password(host: SshHost, tmp_path: Path) -> None:
    """A password is that of a user: it is offered to no other."""
    with SshHost(host.root, password="canary pass'w$rd") as strict:
        access = access_to(strict, private_key=None, username=strict.user)
        cases = [
            (access, "canary pass'w$rd", None),
            (access, "wrong", "publickey, password; tried: the password"),
            (replace(access, username="other"), "canary pass'w$rd", "nothing was tried"),
        ]
        for given, password, reason in cases:
            whole = replace(given, password=Secret(password))
            if reason is None:
                assert refs(strict.uri(f"{host.root}/one.git"), whole) == MAIN
                (tmp_path / "password").write_text(f"{password}\n")
                file = replace(given, password_file=str(tmp_path / "password"))
                assert refs(strict.uri(f"{host.root}/one.git"), file) == MAIN
                continue
            with pytest.raises(Unreachable, match=reason) as caught:
                refs(strict.uri(f"{host.root}/one.git"), whole)
            assert caught.value.fault is Fault.LOGIN


def test_wrong_passphrase(host: SshHost) -> None:
    access = access_to(host, private_key=Secret(private(locked=True)), passphrase=Secret("no"))
    with pytest.raises(Unreachable, match="not unlock the SSH key private-key") as caught:
        refs(host.uri("/~/one.git"), access)
    assert caught.value.fault is Fault.CREDENTIALS


@pytest.mark.parametrize("path", ["/~/none.git", "/nowhere.git", "/~/work"])
def test_absent_repository(host: SshHost, path: str) -> None:
    with pytest.raises(Unreachable) as caught:
        refs(host.uri(path), access_to(host))
    assert caught.value.fault is Fault.ABSENT


ALGORITHMS = [(0, "ssh-ed25519"), (1, "ssh-rsa"), (1, "rsa-sha2-512"), (1, "rsa-sha2-256")]


@pytest.mark.parametrize("local_ssh", [True, False])
@pytest.mark.parametrize(("number", "algorithm"), ALGORITHMS)
def test_host_key_of_the_settings(
    host: SshHost, number: int, algorithm: str, local_ssh: bool
) -> None:
    access = access_to(
        host,
        host_key=host.keys[number].base64,
        host_key_algorithm=algorithm,
        local_ssh=local_ssh,
    )
    assert refs(host.uri("/~/one.git"), access) == MAIN


def test_host_keys_that_are_refused(host: SshHost, tmp_path: Path) -> None:
    other = public(n=7).split()[1]
    (tmp_path / "known").write_text(f"[127.0.0.1]:{host.port} ssh-ed25519 {other}\n")
    unknown: dict[str, object] = {"host_key": None, "host_key_algorithm": None}
    cases: list[tuple[dict[str, object], Fault, str]] = [
        ({"host_key": other}, Fault.HOST_KEY, "another key"),
        (unknown, Fault.HOST_KEY, "not known: ssh-"),
        ({**unknown, "local_ssh": True}, Fault.HOST_KEY, "not known: ssh-"),
        ({**unknown, "known_hosts_file": str(tmp_path / "known")}, Fault.HOST_KEY, "another key"),
        ({"known_hosts_file": str(tmp_path / "none")}, Fault.CREDENTIALS, "cannot be read"),
        ({"host_key": "AAAA"}, Fault.CREDENTIALS, "no SSH public key"),
        ({"host_key": "x\ny"}, Fault.CREDENTIALS, "no SSH public key"),
        ({"host_key_algorithm": "ssh-rsa"}, Fault.CREDENTIALS, "type ssh-ed25519"),
        ({"host_key_algorithm": "a\nb"}, Fault.CREDENTIALS, "no algorithm"),
    ]
    for changes, fault, reason in cases:
        with pytest.raises(Unreachable, match=reason) as caught:
            refs(host.uri("/~/one.git"), access_to(host, **changes))
        assert caught.value.fault is fault


@pytest.mark.parametrize("local_ssh", [True, False])
def test_known_hosts_file_and_host_key_are_both_asked(
    host: SshHost, tmp_path: Path, local_ssh: bool
) -> None:
    (tmp_path / "known hosts %h").write_text(host.known_hosts())
    file = str(tmp_path / "known hosts %h")
    unknown = access_to(host, host_key=None, host_key_algorithm=None, known_hosts_file=file)
    assert refs(host.uri("/~/one.git"), replace(unknown, local_ssh=local_ssh)) == MAIN
    both = access_to(host, host_key=public(n=7).split()[1], known_hosts_file=file)
    assert refs(host.uri("/~/one.git"), replace(both, local_ssh=local_ssh)) == MAIN
    assert (tmp_path / "known hosts %h").read_text() == host.known_hosts()


def test_strict_off_accepts_any_key_and_writes_nothing(host: SshHost) -> None:
    known = Path("~/.ssh/known_hosts").expanduser()
    before = known.read_bytes() if known.exists() else None
    for local_ssh in (True, False):
        access = access_to(
            host, host_key=public(n=7).split()[1], strict_host_keys=False, local_ssh=local_ssh
        )
        assert refs(host.uri("/~/one.git"), access) == MAIN
    assert (known.read_bytes() if known.exists() else None) == before


def test_methods(host: SshHost) -> None:
    access = access_to(host, preferred_authentications="publickey, password")
    assert refs(host.uri("/~/one.git"), access) == MAIN
    for methods, fault in (("password", Fault.LOGIN), ("x y;z", Fault.CREDENTIALS)):
        with pytest.raises(Unreachable) as caught:
            refs(host.uri("/~/one.git"), replace(access, preferred_authentications=methods))
        assert caught.value.fault is fault


@pytest.mark.parametrize("login", [None, ("proxy-user", "canary-proxy")])
def test_through_a_proxy(host: SshHost, login: tuple[str, str] | None) -> None:
    with HttpProxy(login=login) as through:
        proxy = Proxy(through.host, through.port)
        if login:
            proxy = replace(proxy, username=login[0], password=Secret(login[1]))
        access = access_to(host, http_proxy=proxy)
        assert refs(host.uri("/~/one.git"), access) == MAIN
        assert any(f"CONNECT 127.0.0.1:{host.port}" in line for line in through.requests(1))
        seen = len(through.requests())
        spared = replace(proxy, exceptions=("localhost", "127.*"))
        assert refs(host.uri("/~/one.git"), replace(access, http_proxy=spared)) == MAIN
        assert len(through.requests()) == seen


def test_proxies_that_fail(host: SshHost) -> None:
    with HttpProxy(login=("proxy-user", "right")) as through:
        good = Proxy(through.host, through.port, username="proxy-user", password=Secret("right"))
        cases = [
            (replace(good, password=Secret("wrong")), host.port, r"\(40[137]\)"),
            (good, 1, r"cannot reach the SSH host|refuses"),
            (replace(good, port=1), host.port, "Connection refused"),
            (replace(good, host="nowhere.invalid"), host.port, "name cannot be resolved"),
            (replace(good, tls=True, port=host.port), host.port, "TLS"),
            (replace(good, port=host.port), host.port, "no HTTP|closed"),
        ]
        for proxy, port, reason in cases:
            access = access_to(host, https_proxy=proxy)
            with pytest.raises(Unreachable, match=reason) as caught:
                refs(f"ssh://{host.user}@127.0.0.1:{port}/~/one.git", access)
            assert caught.value.fault is Fault.PROXY


def test_git_ssh_command_is_obeyed_unless_keys_are_configured(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(private())
    (tmp_path / "key").chmod(0o600)
    access = access_to(host, private_key=None, local_ssh=True)
    for command in (f"ssh -i {tmp_path}/key", f'ssh -i "{tmp_path}/key"'):
        monkeypatch.setenv("GIT_SSH_COMMAND", command)
        assert refs(host.uri("/~/one.git"), access) == MAIN
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    assert refs(host.uri("/~/one.git"), access_to(host, local_ssh=True)) == MAIN
    with pytest.raises(Unreachable):
        refs(host.uri("/~/one.git"), access)
    monkeypatch.delenv("GIT_SSH_COMMAND")
    script = tmp_path / "my-ssh"
    script.write_text(f'#!/bin/sh\nexec ssh -i {tmp_path}/key -o StrictHostKeyChecking=no "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(script))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert refs(host.uri("/~/one.git"), Access()) == MAIN


def test_ssh_is_missing(host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match="cannot be started") as caught:
        refs(host.uri("/~/one.git"), access_to(host))
    assert caught.value.fault is Fault.CREDENTIALS
    assert "openssh-client" in caught.value.hint


def test_where_no_file_can_be_anonymous_there_is_a_private_folder(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(os, "memfd_create", refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client, path = open_ssh(host.uri("/~/one.git"), access_to(host), timeout=10)
    assert isinstance(client, SshClient)
    client._connect(b"upload-pack", path)
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    client.close()
    assert not list(tmp_path.iterdir())
    assert refs(host.uri("/~/one.git"), access_to(host)) == MAIN
    assert not list(tmp_path.iterdir())
