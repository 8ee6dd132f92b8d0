"""`git:` remotes from a real daemon, folders, and what work itself may raise."""

import errno
import os
import signal
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport import git_protocol, talk
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.talking import Stopwatch, clone, failure, look
from tests.peers.processes import free_port
from tests.peers.relay import Relay

BIG = 600_000


@pytest.fixture
def commit(repository: GitRepository) -> str:
    return repository.commit({"application.yml": "a: 1", "big": os.urandom(BIG)})


def test_a_daemon_is_looked_at_and_cloned(daemon: Daemon, commit: str, tmp_path: Path) -> None:
    assert look(daemon.uri("config")) == commit
    assert clone(daemon.uri("config"), tmp_path / "mirror") == commit


def test_what_is_not_exported_is_absent(daemon: Daemon) -> None:
    found = failure(daemon.uri("nothing"))
    assert (found.fault, found.reason) == (Fault.ABSENT, "127.0.0.1 has no such repository")


def test_nothing_listens() -> None:
    found = failure(f"git://127.0.0.1:{free_port()}/config")
    assert (found.fault, found.reason) == (Fault.CONNECT, "127.0.0.1 refuses connections")


def test_a_frozen_daemon(daemon: Daemon, commit: str) -> None:
    daemon.signal(signal.SIGSTOP)
    watch = Stopwatch()
    found = failure(daemon.uri("config"), timeout=0.5)
    assert (found.fault, found.reason) == (
        Fault.TIMEOUT,
        "127.0.0.1 did not answer within 0.5 s",
    )
    assert 0.4 < watch.seconds < 3
    daemon.signal(signal.SIGCONT)
    assert look(daemon.uri("config")) == commit


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (lambda relay: relay.freeze_after(BIG // 2), Fault.TIMEOUT),
        (lambda relay: relay.cut_after(BIG // 2), Fault.PROTOCOL),
        (lambda relay: relay.cut_after(0), Fault.PROTOCOL),
    ],
    ids=["frozen", "truncated", "hung up"],
)
@pytest.mark.usefixtures("commit")
def test_a_transfer_that_breaks(
    daemon: Daemon,
    tmp_path: Path,
    trouble: Callable[[Relay], None],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(git_protocol, "KEEPALIVE", 0.0)
    with Relay(daemon.port) as relay:
        trouble(relay)
        with pytest.raises(Unreachable) as found:
            clone(f"git://127.0.0.1:{relay.port}/config", tmp_path / "mirror", timeout=0.5)
    assert found.value.fault is fault


def test_a_host_that_needs_time_for_a_pack(daemon: Daemon, commit: str, tmp_path: Path) -> None:
    """It says each five seconds that it is at work; a shorter limit is for the first answer."""
    with Relay(daemon.port) as relay:
        relay.freeze_after(BIG // 2)
        thaw = threading.Timer(2.0, relay.thaw)
        thaw.start()
        uri = f"git://127.0.0.1:{relay.port}/config"
        assert clone(uri, tmp_path / "mirror", timeout=1.0) == commit
        thaw.join()


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_a_folder_may_be_a_remote(
    repository: GitRepository, commit: str, form: str, tmp_path: Path
) -> None:
    assert clone(form.format(path=repository.path), tmp_path / "mirror") == commit
    assert failure(form.format(path=tmp_path)).fault is Fault.ABSENT


@pytest.mark.parametrize(
    ("error", "fault", "reason"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            Fault.DISK,
            "the mirror cannot be written: No space left on device",
        ),
        (
            OSError(errno.EROFS, "Read-only file system"),
            Fault.DISK,
            "the mirror cannot be written: Read-only file system",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            Fault.DISK,
            "the mirror cannot be written: Permission denied",
        ),
        (
            OSError(errno.EHOSTUNREACH, "x"),
            Fault.CONNECT,
            "h cannot be reached: there is no way to it",
        ),
        (TimeoutError(), Fault.TIMEOUT, "h did not answer within 2 s"),
        (ConnectionResetError(), Fault.PROTOCOL, "h closed the connection"),
        (HangupException(), Fault.PROTOCOL, "h closed the connection"),
        (NotGitRepository("canary"), Fault.ABSENT, "h has no such repository"),
        (GitProtocolError("canary not found"), Fault.ABSENT, "h has no such repository"),
        (
            GitProtocolError("access denied: canary"),
            Fault.FORBIDDEN,
            "h forbids to read the repository",
        ),
        (GitProtocolError("canary"), Fault.PROTOCOL, "h does not answer as Git does"),
        (MemoryError(), Fault.WORKER, "the transfer takes too much memory"),
        (zlib.error("canary"), Fault.PROTOCOL, "what h sent cannot be used (error)"),
        (KeyError("canary"), Fault.PROTOCOL, "what h sent cannot be used (KeyError)"),
        (Unreachable("as is", fault=Fault.MIRROR), Fault.MIRROR, "as is"),
    ],
    ids=lambda value: repr(value) if isinstance(value, Exception) else "",
)
@pytest.mark.parametrize("uri", ["git://u:canary@h/r", "http://u:canary@h/r"])
def test_what_work_raises_is_translated(
    uri: str, error: Exception, fault: Fault, reason: str
) -> None:
    def work(*_: object) -> None:
        raise error

    with pytest.raises(Unreachable) as found:
        talk(uri, Access(), work, timeout=2)
    assert (found.value.fault, found.value.reason) == (fault, reason)


def test_a_failure_keeps_its_kind_when_its_repository_is_named() -> None:
    found = Unreachable("gone", fault=Fault.ABSENT, hint="look").at(repository="https://h/r")
    assert (found.reason, found.fault, found.hint) == ("gone", Fault.ABSENT, "look")
    assert found.repository == "https://h/r"
