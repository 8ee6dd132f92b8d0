"""Clones and fetches that are killed before each single thing they do to files."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from configserver.backends.git.fetching import packs
from configserver.backends.git.fetching.jobs import Job
from configserver.backends.git.fetching.update import update
from tests.backends.conftest import Daemon, GitRepository

_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.chmod"})
_MOST = 400
_MANY = 4
_TEXT = "".join(f"line {number}\n" for number in range(60))


@pytest.fixture
def job(repository: GitRepository, daemon: Daemon, tmp_path: Path) -> Job:
    repository.commit({"n.txt": "0"})
    uri, path = daemon.uri("config"), tmp_path / "mirror"
    return Job(uri=uri, path=path, prune=True, timeout=10, transfer_timeout=10)


def killed_before(number: int, job: Job) -> bool:
    """Do a job in a process that is killed before it touches the mirror for the n-th time."""
    pid = os.fork()
    if pid:
        status = os.waitpid(pid, 0)[1]
        assert os.WIFSIGNALED(status) or status == 0, status
        return os.WIFSIGNALED(status)
    left = number

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _EVENTS and _changes(event, arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    try:
        update(job, lambda: None)
    finally:
        os._exit(sys.exc_info()[0] is not None)


def _changes(event: str, arguments: tuple[object, ...]) -> bool:
    if event != "open":
        return True
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def git(mirror: Path, *arguments: str) -> str:
    line = ["git", "-c", "safe.directory=*", "-C", str(mirror), *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def refs(mirror: Path) -> dict[str, str]:
    """Return the refs, once Git has found all that they lead to."""
    git(mirror, "fsck", "--connectivity-only")
    lines = git(mirror, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    pairs = (line.split() for line in lines)
    return {name: found for name, found in pairs}  # noqa: C416 - mypy knows pairs so


def files(mirror: Path) -> set[str]:
    return {str(path.relative_to(mirror)) for path in mirror.rglob("*") if path.is_file()}


def strays(mirror: Path) -> set[str]:
    packs = {path.with_suffix(".idx") for path in mirror.glob("objects/pack/*.pack")}
    indexes = set(mirror.glob("objects/pack/*.idx"))
    known = {"HEAD", "config", "packed-refs"}
    return {name for name in files(mirror) - known if "/pack/pack-" not in name} | {
        path.name for path in packs ^ indexes
    }


def each_point(job: Job, prepare: Callable[[], object], check: Callable[[], object]) -> int:
    for number in range(1, _MOST):
        prepare()
        if not killed_before(number, job):
            return number
        check()
        update(job, lambda: None)
        assert not strays(job.path)
    raise AssertionError("it does more than expected")


def test_a_clone(repository: GitRepository, job: Job) -> None:
    expected = {"refs/heads/main": repository.git("rev-parse", "main")}

    def check() -> None:
        if (job.path / "packed-refs").exists():
            assert refs(job.path) == expected

    assert each_point(job, lambda: shutil.rmtree(job.path, ignore_errors=True), check) > 8
    assert refs(job.path) == expected


def test_a_fetch_that_prunes_renames_the_default_branch_and_merges_packs(
    repository: GitRepository, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers find the old refs or the new ones, HEAD leads to one of them, and Git all objects."""
    old = replace(job, path=tmp_path / "old")
    monkeypatch.setattr(packs, "MANY", _MANY)
    repository.commit({"same.txt": _TEXT})
    for _ in range(_MANY - 1):
        repository.commit({"n.bin": os.urandom(800)})
        update(old, lambda: None)
    before = refs(old.path)
    repository.commit({"n.bin": os.urandom(800), "same.txt": _TEXT[99:]})
    repository.git("branch", "-m", "main", "trunk")
    after = {"refs/heads/trunk": repository.git("rev-parse", "trunk")}

    def prepare() -> None:
        shutil.rmtree(job.path, ignore_errors=True)
        shutil.copytree(old.path, job.path)

    def check() -> None:
        found = refs(job.path)
        assert found in (before, {**before, **after}, after)
        assert git(job.path, "symbolic-ref", "HEAD") in found

    assert each_point(job, prepare, check) > 30
    assert refs(job.path) == after
    assert len(list(job.path.glob("objects/pack/*.pack"))) == 1
