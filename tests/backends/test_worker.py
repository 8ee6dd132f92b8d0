"""The process that fetches, seen from its pipes and from within."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.access import Access, GitHubApp, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.jobs import Fetched, Job, Move
from configserver.backends.git.fetching.mirror_faults import is_out_of_memory, reading, writing
from configserver.backends.git.fetching.moves import served
from configserver.secret import Secret
from tests.backends.conftest import Daemon, GitRepository

WORKER = [sys.executable, "-m", "configserver.backends.git.fetching.worker", str(512 << 20)]


@contextmanager
def started(**more: Any) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                WORKER, stdin=theirs.fileno(), stdout=theirs.fileno(), **more
            )
        ours.settimeout(10)
        try:
            yield process, ours
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def job(repository: GitRepository, daemon: Daemon, tmp_path: Path) -> Job:
    repository.commit({"n.txt": "0"})
    uri, path = daemon.uri("config"), tmp_path / "mirror"
    return Job(uri=uri, path=path, timeout=10, transfer_timeout=10)


def told(pipe: socket.socket) -> list[dict[str, Any]]:
    """Return the messages up to the one that ends a job."""
    with pipe.makefile("rb") as lines:
        messages = [json.loads(lines.readline())]
        while "receiving" in messages[-1]:
            messages.append(json.loads(lines.readline()))
    return messages


def test_a_job_and_its_answers_are_lines(job: Job) -> None:
    line = json.dumps(job.message()).encode() + b"\n"
    with started() as (_, pipe):
        for moves in (1, 0):
            pipe.sendall(line)
            receiving, done = told(pipe)
            assert receiving == {"receiving": True}
            assert len(Fetched.of(done).moves) == moves


def test_a_failure_says_why_and_what_to_do(job: Job, daemon: Daemon) -> None:
    absent = {**job.message(), "uri": daemon.uri("absent")}
    with started() as (_, pipe):
        pipe.sendall(json.dumps(absent).encode() + b"\n")
        (done,) = told(pipe)
        assert done.keys() == {"failed", "fault", "hint"}
        assert done["fault"] in set(Fault)
        assert all(done.values())
        pipe.sendall(json.dumps(job.message()).encode() + b"\n")
        assert "moves" in told(pipe)[-1]


def test_it_ends_with_its_session_when_its_input_does() -> None:
    with started(start_new_session=True) as (process, pipe):
        pipe.close()
        assert process.wait(10) == -signal.SIGKILL
    with started() as (process, pipe):
        pipe.shutdown(socket.SHUT_WR)
        assert process.wait(10) == 1  # others share its session: they are left alone


def test_it_inherits_nothing_and_hands_on_nothing(job: Job, tmp_path: Path) -> None:
    """What it starts, such as ssh, reads and writes nothing of the talk with the server."""
    with (tmp_path / "open").open("w") as file, started() as (process, pipe):
        assert file.fileno() > 2
        pipe.sendall(json.dumps(job.message()).encode() + b"\n")
        told(pipe)
        folder = Path(f"/proc/{process.pid}/fd")
        links = {int(path.name): str(path.readlink()) for path in folder.iterdir()}
        assert links[0] == links[1] == os.devnull
        assert str(tmp_path / "open") not in links.values()


ACCESS = Access(
    username="u",
    password=Secret("p4ss"),
    private_key_files=("a", "b"),
    github_app=GitHubApp("1", "2", private_key=Secret("k3y")),
    https_proxy=Proxy("proxy", 3128, password=Secret("pr0xy"), exceptions=("*.local",)),
)


def test_jobs_and_what_came_of_them_survive_the_pipe(tmp_path: Path) -> None:
    job = Job(
        uri="https://u:p4ss@host/x",
        access=ACCESS,
        path=tmp_path,
        prune=True,
        timeout=1.5,
        transfer_timeout=2,
    )
    assert Job.of(json.loads(json.dumps(job.message()))) == job
    for secret in ("p4ss", "k3y", "pr0xy"):
        assert secret not in repr(job)
    moves = (
        Move("refs/heads/a\udcff", None, "1" * 40, forced=False),
        Move("refs/heads/b", "1" * 40, "2" * 40, forced=True),
    )
    found = Fetched(moves, "refs/heads/b", 1, 2)
    assert Fetched.of(json.loads(json.dumps(found.message()))) == found


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        *((number, Fault.DISK) for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)),
        *((number, Fault.DISK) for number in (errno.EACCES, errno.EPERM, errno.EIO)),
        *((number, Fault.MIRROR) for number in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR)),
    ],
)
def test_what_the_system_says_is_the_disks_or_the_mirrors_fault(number: int, fault: Fault) -> None:
    with pytest.raises(Unreachable) as caught, writing(), reading():
        raise OSError(number, os.strerror(number))
    assert caught.value.fault is fault
    assert os.strerror(number) in caught.value.reason


def test_a_lack_of_memory_is_no_fault_of_the_disk() -> None:
    with pytest.raises(MemoryError), writing(), reading():
        raise OSError(errno.ENOMEM, "")


def hidden(error: Exception) -> Exception:
    try:
        try:
            raise error  # noqa: TRY301 - to be in another's context
        except Exception:  # noqa: BLE001 - whatever it is
            raise ValueError from None
    except ValueError as found:
        return found


def test_a_lack_of_memory_is_seen_behind_other_errors() -> None:
    assert is_out_of_memory(hidden(MemoryError()))
    assert not is_out_of_memory(hidden(KeyError()))


ID = b"1" * 40


@pytest.mark.parametrize(
    "name",
    [
        *(b"HEAD", b"refs/pull/1/head", b"refs/tags/v1^{}", b"refs/heads/a b", b"refs/heads/a\nb"),
        *(b"refs/heads/../../x", b"refs/heads/x.lock", b"refs/heads/a..b", b"refs/heads/", b""),
    ],
)
def test_refs_that_are_not_served_or_whose_names_git_forbids_are_left_out(name: bytes) -> None:
    good: Any = b"refs/heads/a"
    given: Any = {name: ID, good: ID, b"refs/heads/unborn": None}
    assert served(given) == {good: ID}
