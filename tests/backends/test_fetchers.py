"""Processes that clone and fetch from a real `git daemon`, however that and they end."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from resource import RLIMIT_FSIZE, prlimit

import pytest

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Fetched, Job, Move
from tests.backends.conftest import Daemon, GitRepository
from tests.peers.processes import gone
from tests.peers.relay import Relay

MEMORY = 512 << 20
_KILLS = 8
MAIN = "refs/heads/main"
pytestmark = pytest.mark.usefixtures("no_blocking")
Make = Callable[..., Job]


@pytest.fixture
async def fetchers() -> AsyncIterator[Fetchers]:
    async with Fetchers(4, MEMORY) as served:
        yield served


@pytest.fixture
def job(repository: GitRepository, daemon: Daemon, tmp_path: Path) -> Make:
    """Return a maker of jobs for one remote with a first commit and one mirror."""
    repository.commit({"n.txt": "0"})

    def make(path: str = "mirror", *, port: int = daemon.port, **more: float | bool) -> Job:
        given = {"timeout": 10.0, "transfer_timeout": 20.0, **more}
        uri = f"git://127.0.0.1:{port}/config"
        return Job(uri=uri, path=tmp_path / path, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def large(repository: GitRepository, job: Make) -> Make:
    """Let the remote have two megabytes that cannot be compressed."""
    repository.commit({"large.bin": os.urandom(2 << 20)})
    return job


def git(mirror: Path, *arguments: str) -> str:
    line = ["git", "-c", "safe.directory=*", "-C", str(mirror), *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def refs(mirror: Path) -> dict[str, str]:
    """Return the refs, once Git itself has found the mirror in order."""
    git(mirror, "fsck", "--full", "--strict")
    lines = git(mirror, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


def left_over(mirror: Path) -> list[str]:
    found = [path for path in mirror.rglob("*") if "tmp" in path.name or "lock" in path.name]
    paired = [
        path
        for path in mirror.glob("objects/pack/pack-*")
        if not path.with_suffix(".idx" if path.suffix == ".pack" else ".pack").exists()
    ]
    return [path.name for path in (*found, *paired)]


async def fault(running: Awaitable[Fetched]) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await running
    assert caught.value.hint
    return caught.value


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        await asyncio.sleep(0.01)


async def test_a_clone_has_all_that_the_remote_has(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    tip = repository.commit({"n.txt": "topic"}, "feature/one")
    repository.git("tag", "-a", "-m", "x", "v1")
    found = await fetchers.fetch(job())
    assert refs(job().path) == {
        MAIN: repository.git("rev-parse", "main"),
        "refs/heads/feature/one": tip,
        "refs/tags/v1": repository.git("rev-parse", "v1"),
    }
    assert [move.name for move in found.moves] == sorted(refs(job().path))
    assert {(move.before, move.forced) for move in found.moves} == {(None, False)}
    assert found.head == "refs/heads/feature/one"
    assert git(job().path, "symbolic-ref", "HEAD") == "refs/heads/feature/one"
    disk = sum(path.stat().st_size for path in job().path.rglob("*") if path.is_file())
    assert found.size == disk
    assert 10 << 20 < found.memory < 200 << 20
    assert not left_over(job().path)


async def test_nothing_new_moves_nothing(fetchers: Fetchers, job: Make) -> None:
    await fetchers.fetch(job())
    before = (job().path / "packed-refs").stat()
    assert (await fetchers.fetch(job())).moves == ()
    assert (job().path / "packed-refs").stat() == before


async def test_a_push_moves_a_branch_and_only_a_forced_one_is_forced(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    await fetchers.fetch(job())
    first = repository.git("rev-parse", "main")
    second = repository.commit({"n.txt": "1"})
    found = await fetchers.fetch(job())
    assert found.moves == (Move(MAIN, first, second, forced=False),)
    repository.git("commit", "-q", "--amend", "--allow-empty", "-m", "other")
    third = repository.git("rev-parse", "main")
    found = await fetchers.fetch(job())
    assert found.moves == (Move(MAIN, second, third, forced=True),)
    repository.git("reset", "-q", "--hard", first)
    found = await fetchers.fetch(job())
    assert found.moves == (Move(MAIN, third, first, forced=True),)
    repository.git("merge", "-q", second)
    assert not (await fetchers.fetch(job())).moves[0].forced
    assert refs(job().path) == {MAIN: second}


@pytest.mark.parametrize("prune", [False, True])
async def test_a_deleted_branch_stays_unless_pruned_and_a_deleted_tag_stays(
    repository: GitRepository, fetchers: Fetchers, job: Make, prune: bool
) -> None:
    repository.git("branch", "gone")
    repository.git("tag", "kept")
    await fetchers.fetch(job())
    repository.git("branch", "-D", "gone")
    repository.git("tag", "-d", "kept")
    found = await fetchers.fetch(job(prune=prune))
    kept = {MAIN, "refs/tags/kept"}
    assert refs(job().path).keys() == (kept if prune else kept | {"refs/heads/gone"})
    assert [(move.name, move.after) for move in found.moves] == (
        [("refs/heads/gone", None)] if prune else []
    )


@pytest.mark.parametrize("prune", [False, True])
async def test_a_renamed_default_branch_is_followed(
    repository: GitRepository, fetchers: Fetchers, job: Make, prune: bool
) -> None:
    assert (await fetchers.fetch(job())).head == MAIN
    repository.git("branch", "-m", "main", "trunk")
    assert (await fetchers.fetch(job(prune=prune))).head == "refs/heads/trunk"
    assert git(job().path, "symbolic-ref", "HEAD") == "refs/heads/trunk"
    expected = {"refs/heads/trunk"} if prune else {"refs/heads/trunk", MAIN}
    assert refs(job().path).keys() == expected


async def test_a_name_that_became_a_folder_of_names_goes_and_back(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    for name in ("topic", "topic/deeper", "topic"):
        repository.git("branch", name, "main")
        await fetchers.fetch(job())
        assert refs(job().path).keys() == {MAIN, f"refs/heads/{name}"}
        repository.git("branch", "-D", name)


async def test_a_moved_tag_is_followed_and_is_not_forced(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    repository.git("tag", "v1")
    await fetchers.fetch(job())
    repository.commit({"n.txt": "1"})
    repository.git("tag", "-f", "-a", "-m", "x", "v1")
    (_, move) = (await fetchers.fetch(job())).moves
    assert (move.name, move.forced) == ("refs/tags/v1", False)
    assert refs(job().path)["refs/tags/v1"] == repository.git("rev-parse", "v1")


async def test_an_empty_remote_has_no_refs_until_it_has(
    make_repository: Callable[[str], GitRepository], daemon: Daemon, tmp_path: Path
) -> None:
    empty = make_repository("empty")
    job = Job(uri=daemon.uri("empty"), path=tmp_path / "m", timeout=10, transfer_timeout=10)
    async with Fetchers(1, MEMORY) as fetchers:
        for _ in range(2):
            found = await fetchers.fetch(job)
            assert found.moves == ()
        assert refs(job.path) == {}
        tip = empty.commit({"n.txt": "0"})
        assert (await fetchers.fetch(job)).moves == (Move(MAIN, None, tip, forced=False),)
        assert refs(job.path) == {MAIN: tip}


async def test_fifty_remotes_at_once_take_no_more_processes_than_allowed(
    make_repository: Callable[[str], GitRepository], daemon: Daemon, tmp_path: Path
) -> None:
    first = make_repository("many0")
    tip = first.commit({"n.txt": "0"})
    for number in range(1, 50):
        await asyncio.to_thread(shutil.copytree, first.path, first.path.parent / f"many{number}")
    async with Fetchers(8, MEMORY) as fetchers:
        running = [
            asyncio.create_task(
                fetchers.fetch(
                    Job(
                        uri=daemon.uri(f"many{number}"),
                        path=tmp_path / f"mirror{number}",
                        timeout=20,
                        transfer_timeout=20,
                    )
                )
            )
            for number in range(50)
        ]
        most = 0
        while not all(task.done() for task in running):
            most = max(most, len(fetchers.pids))
            await asyncio.sleep(0.005)
        assert all(task.result().moves[0].after == tip for task in running)
        assert all(task.result().memory > 1 << 20 for task in running)
        assert 1 < most <= 8
        pids = fetchers.pids
    assert all(gone(pid) for pid in pids)


async def test_jobs_wait_in_line(job: Make) -> None:
    done: list[int] = []

    async def one(fetchers: Fetchers, number: int) -> None:
        await fetchers.fetch(job(f"mirror{number}"))
        done.append(number)

    async with Fetchers(1, MEMORY) as fetchers, asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(one(fetchers, number))
    assert done == list(range(6))


async def test_a_process_is_used_again_best_for_the_same_remote(
    daemon: Daemon, fetchers: Fetchers, job: Make
) -> None:
    with Relay(daemon.port) as relay:
        one, other = job("one"), job("other", port=relay.port)
        await asyncio.gather(fetchers.fetch(one), fetchers.fetch(other))
        first, second = fetchers._idle
        for _ in range(3):
            for same in (first, second):
                await fetchers.fetch(one if same.uri == one.uri else other)
                assert list(fetchers._idle)[-1] is same
        await fetchers.fetch(job("third", port=daemon.port))
        assert len(fetchers.pids) == 2


async def test_an_idle_process_ends_and_one_that_died_is_replaced(job: Make) -> None:
    async with Fetchers(1, MEMORY, idle=0.2) as fetchers:
        await fetchers.fetch(job())
        (first,) = fetchers.pids
        await until(lambda: not fetchers.pids)
        assert gone(first)
        await fetchers.fetch(job())
        (second,) = fetchers.pids
        os.kill(second, signal.SIGKILL)
        assert gone(second)
        await fetchers.fetch(job())
        assert fetchers.pids != (second,)


async def test_a_process_killed_in_a_transfer_is_told_and_leaves_nothing(
    daemon: Daemon, fetchers: Fetchers, large: Make
) -> None:
    with Relay(daemon.port) as relay:
        relay.freeze_after(1 << 20)
        running = asyncio.create_task(fetchers.fetch(large(port=relay.port)))
        await until(lambda: len(relay.received) >= 1 << 20)
        await until(lambda: bool(left_over(large().path)))
        os.kill(fetchers.pids[0], signal.SIGKILL)
        assert (await fault(running)).fault is Fault.WORKER
        assert left_over(large().path)
    assert not fetchers.pids
    assert (await fetchers.fetch(large())).moves
    assert refs(large().path).keys() == {MAIN}
    assert not left_over(large().path)


async def test_killed_at_any_moment_a_mirror_is_whole(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    """Git finds all objects that refs name, after each of many kills, and the last job works."""
    await fetchers.fetch(job("warm"))
    began = time.monotonic()
    await fetchers.fetch(job("other"))
    took = time.monotonic() - began
    for turn in range(_KILLS):
        repository.commit({"n.bin": os.urandom(1 << 15)})
        await fetchers.fetch(job("warm"))
        running = asyncio.create_task(fetchers.fetch(job()))
        await asyncio.sleep(took * turn / _KILLS)
        for pid in fetchers.pids:
            os.kill(pid, signal.SIGKILL)
        await asyncio.gather(running, return_exceptions=True)
        if (job().path / "packed-refs").exists():
            refs(job().path)
    await fetchers.fetch(job())
    assert refs(job().path) == {MAIN: repository.git("rev-parse", "main")}
    assert not left_over(job().path)


@pytest.mark.parametrize("busy", [False, True])
def test_processes_end_with_the_server_and_hold_its_lock_till_then(
    daemon: Daemon, large: Make, tmp_path: Path, busy: bool
) -> None:
    lock = tmp_path / "lock"
    with Relay(daemon.port) as relay:
        relay.freeze_after(1 << 20 if busy else 1 << 30)
        job = large(port=relay.port)
        told = json.dumps(
            {**job.message(), "lock": str(lock), "timeout": 30, "transfer_timeout": 30}
        )
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, told], stdout=subprocess.PIPE, text=True
        )
        with server:
            assert server.stdout is not None
            pid = int(server.stdout.readline())
            limit = time.monotonic() + 10
            while len(relay.received) < 1 << 20 and time.monotonic() < limit:
                time.sleep(0.01)
            if not busy:
                assert server.stdout.readline() == "done\n"
            assert Path(f"/proc/{pid}").exists()
            taken = ["flock", "--nonblock", str(lock), "true"]
            assert subprocess.run(taken, check=False).returncode == 1
            server.kill()
            assert gone(pid)
        assert subprocess.run(taken, check=False).returncode == 0


_SERVER = """
import asyncio, fcntl, json, os, sys
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Job

async def main():
    told = json.loads(sys.argv[1])
    lock = os.open(told.pop("lock"), os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    async with Fetchers(1, 512 << 20, pass_fds=[lock]) as fetchers:
        running = asyncio.create_task(fetchers.fetch(Job.of(told)))
        while not fetchers.pids:
            await asyncio.sleep(0.01)
        print(*fetchers.pids, flush=True)
        await running
        print("done", flush=True)
        await asyncio.sleep(30)

asyncio.run(main())
"""


async def test_a_silent_remote_costs_the_timeout(
    daemon: Daemon, fetchers: Fetchers, job: Make
) -> None:
    await fetchers.fetch(job())
    daemon.signal(signal.SIGSTOP)
    began = time.monotonic()
    assert (await fault(fetchers.fetch(job(timeout=0.5)))).fault is Fault.TIMEOUT
    assert 0.4 < time.monotonic() - began < 4
    daemon.signal(signal.SIGCONT)
    assert (await fetchers.fetch(job())).moves == ()


async def test_a_transfer_that_stands_still_or_takes_too_long_ends_in_time(
    daemon: Daemon, fetchers: Fetchers, large: Make
) -> None:
    """While a pack is prepared Git gives a sign of life each five seconds, which is waited for."""
    for limits, least, most in (
        ({"timeout": 0.5}, 5.0, 15.0),
        ({"transfer_timeout": 1.0, "timeout": 0.9}, 0.9, 4.5),
    ):
        with Relay(daemon.port) as relay:
            relay.freeze_after(1 << 20)
            began = time.monotonic()
            found = await fault(fetchers.fetch(large(port=relay.port, **limits)))
            assert found.fault is Fault.TIMEOUT
            assert least < time.monotonic() - began < most


async def test_processes_do_not_know_the_settings_of_the_server(
    daemon: Daemon, fetchers: Fetchers, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do ssh and credential helpers, which they start."""
    del daemon
    monkeypatch.setenv("ENCRYPT_KEY", "canary")
    monkeypatch.setenv("spring_cloud_config_server_git_password", "canary")
    monkeypatch.setenv("GIT_TRACE", "0")
    await fetchers.fetch(job())
    (pid,) = fetchers.pids
    environment = await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
    assert b"GIT_TRACE=0" in environment
    assert b"canary" not in environment


async def test_a_cancelled_job_ends_its_process(
    daemon: Daemon, fetchers: Fetchers, large: Make
) -> None:
    with Relay(daemon.port) as relay:
        relay.freeze_after(1 << 20)
        running = asyncio.create_task(fetchers.fetch(large(port=relay.port)))
        await until(lambda: len(relay.received) >= 1 << 20)
        (pid,) = fetchers.pids
        running.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert time.monotonic() - began < 5
        assert gone(pid)
        assert not fetchers.pids
    # Also right after its start, when there is no process yet.
    for delay in (0.0, 0.001, 0.01):
        running = asyncio.create_task(fetchers.fetch(large("early")))
        await asyncio.sleep(delay)
        running.cancel()
        await asyncio.wait([running])
        assert len(fetchers.pids) <= 1
    assert (await fetchers.fetch(large("early"))).moves


async def test_close_ends_everything_at_once(daemon: Daemon, large: Make) -> None:
    fetchers = Fetchers(2, MEMORY)
    with Relay(daemon.port) as relay:
        await fetchers.fetch(large())
        relay.freeze_after(1 << 20)
        running = [
            asyncio.create_task(fetchers.fetch(large(f"m{number}", port=relay.port)))
            for number in range(5)
        ]
        await until(lambda: len(relay.received) >= 1 << 20)
        pids = fetchers.pids
        began = time.monotonic()
        await fetchers.close()
        for task in running:
            assert (await fault(task)).fault is Fault.WORKER
        assert time.monotonic() - began < 5
        assert all(gone(pid) for pid in pids)
    assert (await fault(fetchers.fetch(large()))).reason == "the server is stopping"


async def test_more_memory_than_allowed_is_refused_and_says_which_setting(
    repository: GitRepository, job: Make
) -> None:
    await asyncio.to_thread(repository.commit, {"zeros.bin": bytes(64 << 20)})
    async with Fetchers(1, 96 << 20) as fetchers:
        found = await fault(fetchers.fetch(job()))
        assert found.fault is Fault.WORKER
        assert "96 MB" in found.reason
        assert "configserver.fetch-memory" in found.hint
        assert not fetchers.pids
    async with Fetchers(1, 512 << 20) as fetchers:
        assert (await fetchers.fetch(job())).memory > 64 << 20
        assert (await fetchers.fetch(job())).memory < 64 << 20
    assert refs(job().path).keys() == {MAIN}


async def test_a_file_that_may_not_grow_loses_nothing(
    repository: GitRepository, fetchers: Fetchers, job: Make
) -> None:
    await fetchers.fetch(job())
    before = refs(job().path)
    repository.commit({"large.bin": os.urandom(1 << 20)})
    (pid,) = fetchers.pids
    prlimit(pid, RLIMIT_FSIZE, (1 << 16, -1))
    found = await fault(fetchers.fetch(job()))
    assert found.fault is Fault.DISK
    assert "File too large" in found.reason
    assert refs(job().path) == before
    assert not left_over(job().path)
    prlimit(pid, RLIMIT_FSIZE, (-1, -1))
    assert len((await fetchers.fetch(job())).moves) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Mount 300 KB of disk at `disk`, and return a function that changes its size."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can only be made by root")
    yield lambda size: remounted(disk, size)
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def remounted(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


async def test_a_full_disk_loses_nothing(
    repository: GitRepository,
    fetchers: Fetchers,
    job: Make,
    small_disk: Callable[[str], None],
) -> None:
    mirror = job("disk/mirror").path
    await fetchers.fetch(job("disk/mirror"))
    before = refs(mirror)
    repository.commit({"large.bin": os.urandom(1 << 20)})
    for path in ("disk/mirror", "disk/other"):
        found = await fault(fetchers.fetch(job(path)))
        assert found.fault is Fault.DISK
        assert "No space left on device" in found.reason
    assert refs(mirror) == before
    assert not left_over(mirror)
    small_disk("9m")
    assert len((await fetchers.fetch(job("disk/mirror"))).moves) == 1


def _remove_packs(mirror: Path) -> None:
    for path in mirror.glob("objects/pack/*"):
        path.unlink()


def _make_refs_a_folder(mirror: Path) -> None:
    (mirror / "packed-refs").unlink()
    (mirror / "packed-refs").mkdir()


def _scramble_packs(mirror: Path) -> None:
    for path in mirror.glob("objects/pack/*"):
        path.chmod(0o644)
        path.write_bytes(b"?" * path.stat().st_size)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no HEAD": lambda mirror: (mirror / "HEAD").unlink(),
    "packed-refs of noise": lambda mirror: (mirror / "packed-refs").write_bytes(b"\x00?\n" * 9),
    "packed-refs is a folder": _make_refs_a_folder,
    "no objects": _remove_packs,
    "objects of noise": _scramble_packs,
    "no folder of objects": lambda mirror: shutil.rmtree(mirror / "objects"),
    "broken config": lambda mirror: (mirror / "config").write_text("[core\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_mirror_is_told_from_other_failures(
    repository: GitRepository, fetchers: Fetchers, job: Make, damage: str
) -> None:
    await fetchers.fetch(job())
    DAMAGES[damage](job().path)
    repository.commit({"n.txt": "1"})
    assert (await fault(fetchers.fetch(job()))).fault is Fault.MIRROR
    assert (await fetchers.fetch(job("anew"))).moves


async def test_a_mirror_without_its_refs_gets_them_again(fetchers: Fetchers, job: Make) -> None:
    await fetchers.fetch(job())
    before = refs(job().path)
    (job().path / "packed-refs").unlink()
    assert len((await fetchers.fetch(job())).moves) == 1
    assert refs(job().path) == before


async def test_a_transfer_that_is_cut_off_is_no_clone(
    daemon: Daemon, fetchers: Fetchers, large: Make
) -> None:
    with Relay(daemon.port) as relay:
        relay.cut_after(1 << 20)
        found = await fault(fetchers.fetch(large(port=relay.port)))
        assert found.fault in {Fault.PROTOCOL, Fault.CONNECT}
        assert not left_over(large().path)
        relay.cut_after(None)
        assert (await fetchers.fetch(large(port=relay.port))).moves


async def test_no_secret_is_shown(fetchers: Fetchers, tmp_path: Path) -> None:
    uri = "http://someone:s3cr%40t-pw@127.0.0.1:9/team/config.git"
    job = Job(uri=uri, path=tmp_path / "mirror", timeout=2, transfer_timeout=2)
    found = await fault(fetchers.fetch(job))
    assert "s3cr" not in f"{found!r} {found} {found.hint} {job!r}"
    for pid in fetchers.pids:
        shown = await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").read_bytes)
        assert b"s3cr" not in shown
        assert b"127.0.0.1" not in shown


async def test_nothing_is_imported_from_the_current_folder(
    fetchers: Fetchers, job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "queue.py").write_text("raise SystemExit('imported')")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path / "here")
    assert (await fetchers.fetch(job())).moves
