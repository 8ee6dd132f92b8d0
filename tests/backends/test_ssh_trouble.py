"""An SSH host that is silent, changes its key or goes away, and what is left behind: nothing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configserver.backends.git.access import Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.ssh import SshClient, open_ssh
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.ssh_cases import PASSPHRASE, access_to, clone, private, public, refs
from tests.peers.proxy import HttpProxy
from tests.peers.relay import Relay, black_hole
from tests.peers.ssh_git import SshHost, descendants

URI = "/~/config.git"
PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not (PROC / "self/environ").exists(), reason="there is no /proc")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SshHost]:
    root = tmp_path / "root"
    work = GitRepository(root / "work")
    work.commit({"application.yml": "a: 1", "large.bin": os.urandom(3 << 20)})
    work.git("clone", "-q", "--bare", ".", str(root / "config.git"))
    with SshHost(root) as served:
        served.allow(public())
        yield served


def alive(pid: int) -> bool:
    """Say whether a process runs; one that nobody has waited for yet does not."""
    try:
        return "\nState:\tZ" not in (PROC / str(pid) / "status").read_text()
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def of_ssh() -> list[int]:
    """Return the living processes that this process started and that talk to the host."""
    found = [pid for pid in descendants(os.getpid()) if alive(pid)]
    return [pid for pid in found if command_line(pid).startswith(b"ssh\0") or tunnels(pid)]


def tunnels(pid: int) -> bool:
    return b"tunnel.py" in command_line(pid)


def command_line(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


@needs_proc
def test_a_silent_host_is_given_up_in_time(host: SshHost) -> None:
    host.freeze()
    began = time.monotonic()
    with pytest.raises(Unreachable, match="accepted the connection and said nothing") as caught:
        refs(host.uri(URI), access_to(host), timeout=1)
    assert caught.value.fault is Fault.TIMEOUT
    assert 0.9 < time.monotonic() - began < 8
    assert not of_ssh()
    host.thaw()
    assert refs(host.uri(URI), access_to(host)) == {"HEAD", "refs/heads/main"}


@needs_proc
def test_a_host_that_falls_silent_in_the_middle(host: SshHost, tmp_path: Path) -> None:
    frozen: list[float] = []

    def freeze() -> None:
        host.freeze()
        frozen.append(time.monotonic())

    with pytest.raises(Unreachable, match="in the middle") as caught:
        clone(host.uri(URI), access_to(host), tmp_path / "m", timeout=3, at_refs=freeze)
    assert caught.value.fault is Fault.TIMEOUT
    assert time.monotonic() - frozen[0] < 10
    assert not of_ssh()


@needs_proc
def test_a_host_that_dies_in_the_middle(host: SshHost, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="in the middle") as caught:
        clone(host.uri(URI), access_to(host), tmp_path / "m", timeout=20, at_refs=host.kill)
    assert caught.value.fault is Fault.PROTOCOL
    assert not of_ssh()
    with pytest.raises(Unreachable, match="refuses connections") as after:
        refs(host.uri(URI), access_to(host))
    assert after.value.fault is Fault.CONNECT


def test_a_changed_host_key_is_refused_until_it_is_configured(host: SshHost) -> None:
    before = access_to(host)
    assert refs(host.uri(URI), before)
    host.rotate_host_key()
    with pytest.raises(Unreachable) as caught:
        refs(host.uri(URI), before)
    assert caught.value.fault is Fault.HOST_KEY
    assert "another key than the one that is known: ssh-ed25519 SHA256:" in caught.value.reason
    assert host.fingerprint() in caught.value.reason
    assert "in between" in caught.value.hint
    assert refs(host.uri(URI), access_to(host))


@needs_proc
def test_no_secret_is_to_be_seen_from_outside_and_none_on_disk(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at while ssh and the program that goes through the proxy wait for a frozen host."""
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with HttpProxy(login=("proxy-user", "canary-proxy")) as through:
        (folder := tmp_path / "temporary").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        proxy = Proxy(
            through.host, through.port, username="proxy-user", password=Secret("canary-proxy")
        )
        access = access_to(
            host,
            private_key=Secret(private(locked=True)),
            passphrase=Secret(PASSPHRASE),
            username=host.user,
            password=Secret("canary-password"),
            http_proxy=proxy,
        )
        assert refs(host.uri(URI), access)
        host.freeze()
        failures: list[Unreachable] = []

        def run() -> None:
            try:
                refs(host.uri(URI), access, timeout=2)
            except Unreachable as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        wait_until(lambda: any(map(tunnels, of_ssh())) and len(through.requests()) == 2)
        seen = b""
        for pid in of_ssh():
            seen += command_line(pid) + (PROC / str(pid) / "environ").read_bytes()
        assert not list(folder.iterdir())
        thread.join()
    assert b"tunnel.py" in seen
    assert b"StrictHostKeyChecking=yes" in seen
    body = private().splitlines()[2]
    for secret in ("canary", body, "BEGIN"):
        assert secret.encode() not in seen
        assert secret not in failures[0].reason
    assert failures[0].fault is Fault.TIMEOUT
    wait_until(lambda: not of_ssh(), 1)
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


CHILD = """
import json, sys
from configserver.backends.git.access import Access
from configserver.backends.git.transport import talk
request = json.loads(sys.stdin.readline())
access = Access.of(request["access"])
talk(request["uri"], access, lambda client, path: client.get_refs(path.encode()), timeout=60)
"""


@needs_proc
@pytest.mark.parametrize("proxied", [False, True])
def test_killing_the_group_of_the_parent_ends_ssh(host: SshHost, proxied: bool) -> None:
    with HttpProxy() as through:
        proxy = Proxy(through.host, through.port) if proxied else None
        access = access_to(host, http_proxy=proxy)
        host.freeze()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, start_new_session=True
        )
        assert child.stdin is not None
        request = {"uri": host.uri(URI), "access": access.message()}
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.close()
        wait_until(lambda: len(descendants(child.pid)) == 1 + proxied)
        started = descendants(child.pid)
        assert all(map(alive, started))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        wait_until(lambda: not any(map(alive, started)))


@needs_proc
def test_close_ends_an_ssh_that_does_not_even_listen_to_signals(host: SshHost) -> None:
    client, path = open_ssh(host.uri(URI), access_to(host), timeout=60)
    assert isinstance(client, SshClient)
    host.freeze()
    client._connect(b"upload-pack", path)
    (pid,) = of_ssh()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    client.close()
    assert time.monotonic() - began < 10
    assert not of_ssh()


CUTS = [
    *((kept, Fault.CONNECT) for kept in (0, 10, 1000)),
    *((kept, Fault.PROTOCOL) for kept in (20_000, 2_000_000)),
]


@pytest.mark.parametrize(("kept", "fault"), CUTS)
def test_a_connection_that_is_cut(host: SshHost, tmp_path: Path, kept: int, fault: Fault) -> None:
    with Relay(host.port) as relay:
        relay.cut_after(kept)
        uri = f"ssh://{host.user}@127.0.0.1:{relay.port}{URI}"
        with pytest.raises(Unreachable) as caught:
            clone(uri, access_to(host), tmp_path / "m", timeout=20, at_refs=int)
    assert caught.value.fault is fault


def test_a_host_that_cannot_be_connected_to(host: SshHost) -> None:
    with black_hole() as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no connection") as caught:
            refs(f"ssh://{host.user}@127.0.0.1:{port}/x", access_to(host), timeout=0.7)
        assert caught.value.fault is Fault.TIMEOUT
        assert time.monotonic() - began < 8
        proxy = Proxy("127.0.0.1", port)
        with pytest.raises(Unreachable, match="proxy") as caught:
            refs(host.uri(URI), access_to(host, http_proxy=proxy), timeout=1)
        assert caught.value.fault is Fault.TIMEOUT


def test_a_command_in_the_uri_does_not_run(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    touch = "touch pwned"
    for uri in (
        f"ssh://-oProxyCommand={touch}/x",
        f"-oProxyCommand={touch}@host:path",
        f"ssh://x@-oProxyCommand={touch}:22/x",
        f"-oProxyCommand={touch};./x@host:path",
        f"./-oProxyCommand={touch}@host:path",
        f"odd://-oProxyCommand={touch}@host:path",
        host.uri(f"/~/x';{touch};'"),
        host.uri(f"/~/$({touch})"),
        host.uri(f"/~/`{touch}`"),
    ):
        with pytest.raises(Unreachable) as caught:
            refs(uri, access_to(host))
        assert caught.value.fault in {Fault.CREDENTIALS, Fault.ABSENT}, uri
    assert not list(tmp_path.rglob("pwned*"))
