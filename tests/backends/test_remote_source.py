"""A remote behind `git daemon`: mirrored, followed, and not waited for when it is silent."""

import asyncio
import math
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.packs import MANY
from configserver.backends.git.refs import Refs
from configserver.backends.git.remote import RemoteSource
from configserver.errors import NoSuchLabel, NoSuchRepository
from tests.backends.conftest import Daemon, GitRepository

TIMEOUT = 1.5
pytestmark = pytest.mark.usefixtures("no_blocking")
Open = Callable[..., RemoteSource]


@pytest.fixture
def remote(repository: GitRepository, daemon: Daemon, tmp_path: Path) -> Open:
    """Return a maker of sources for one remote with a first commit."""
    repository.commit({"n.txt": "0"})

    def make(refresh_rate: int | None = 0, *, prune: bool = False) -> RemoteSource:
        return RemoteSource(
            Address.parse(daemon.uri("config")),
            state_dir=tmp_path / "state",
            freshness=Freshness(refresh_rate, timeout=TIMEOUT),
            commits=Commits("main", try_master=True),
            prune=prune,
        )

    return make


async def text(source: RemoteSource, label: str | None = None) -> str:
    await source.sync()
    return await asyncio.to_thread(lambda: source.snapshot(label).read("n.txt").decode())


async def took(source: RemoteSource) -> float:
    began = time.monotonic()
    await source.sync()
    return time.monotonic() - began


async def commit(repository: GitRepository, number: int | str, branch: str | None = None) -> None:
    await asyncio.to_thread(repository.commit, {"n.txt": str(number)}, branch)


async def git(repository: GitRepository, *arguments: str) -> None:
    await asyncio.to_thread(repository.git, *arguments)


async def eventually(source: RemoteSource, expected: str, seconds: float) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if await text(source) == expected:
            return
        await asyncio.sleep(0.02)
    assert await text(source) == expected


async def test_rate_0_sees_each_push_that_came_before(
    repository: GitRepository, remote: Open
) -> None:
    async with remote(0) as source:
        for number in range(1, 6):
            await commit(repository, number)
            assert await text(source) == str(number)
        assert source.age < 10
        assert not source.stale


async def test_many_pushes_leave_few_packs_and_all_commits(
    repository: GitRepository, remote: Open, tmp_path: Path
) -> None:
    ids = []
    async with remote(0) as source:
        for number in range(MANY + 4):
            ids.append(await asyncio.to_thread(repository.commit, {"n.txt": str(number)}))
            assert await text(source) == str(number)
        for number, commit_id in enumerate(ids):
            assert await text(source, commit_id) == str(number)
    packs = list((tmp_path / "state").glob("mirrors/*/objects/pack/*.pack"))
    assert 1 < len(packs) < MANY


async def test_no_rate_is_at_most_about_a_second_behind(
    repository: GitRepository, remote: Open
) -> None:
    async with remote(None) as source:
        assert await text(source) == "0"
        assert isinstance(source.now(), Refs)
        await commit(repository, 1)
        await eventually(source, "1", 2)


async def test_a_positive_rate_fetches_in_the_background(
    repository: GitRepository, remote: Open
) -> None:
    async with remote(1) as source:
        assert await text(source) == "0"
        await commit(repository, 1)
        assert source.now() is not None
        assert await text(source) == "0"
        await eventually(source, "1", 3)


async def test_a_negative_rate_fetches_when_told(repository: GitRepository, remote: Open) -> None:
    async with remote(-1) as source:
        assert await text(source) == "0"
        await commit(repository, 1)
        await asyncio.sleep(0.3)
        assert await text(source) == "0"
        await source.refresh()
        assert await text(source) == "1"


async def test_unchanged_refs_are_one_generation(repository: GitRepository, remote: Open) -> None:
    async with remote(0) as source:
        first = await source.sync()
        assert await source.sync() is first
        await git(repository, "tag", "v1")
        assert await source.sync() is not first


async def test_branches_tags_and_forced_pushes(repository: GitRepository, remote: Open) -> None:
    async with remote(0) as source:
        await commit(repository, "topic", "feature/one")
        await git(repository, "tag", "-a", "-m", "x", "v1")
        assert await text(source, "feature/one") == await text(source, "v1") == "topic"
        await git(repository, "commit", "-q", "--amend", "--allow-empty", "-m", "other")
        await git(repository, "tag", "-f", "v1", "main")
        assert await text(source, "v1") == "0"
        assert await text(source, "HEAD") == "topic"
        with pytest.raises(NoSuchLabel):
            await text(source, "nope")


@pytest.mark.parametrize("prune", [False, True])
async def test_what_the_remote_deleted_stays_unless_branches_are_pruned(
    repository: GitRepository, remote: Open, prune: bool
) -> None:
    async with remote(0, prune=prune) as source:
        await git(repository, "branch", "gone")
        await git(repository, "tag", "kept")
        assert await text(source, "gone") == "0"
        await git(repository, "branch", "-D", "gone")
        await git(repository, "tag", "-d", "kept")
        assert await text(source, "kept") == "0"
        if not prune:
            assert await text(source, "gone") == "0"
            await git(repository, "branch", "gone/deeper")
            assert await text(source, "gone/deeper") == "0"
        with pytest.raises(NoSuchLabel):
            await text(source, "gone")


async def test_a_mirror_is_opened_again_without_the_network(
    repository: GitRepository, daemon: Daemon, remote: Open
) -> None:
    async with remote(0) as source:
        assert await text(source) == "0"
        assert source.age < math.inf
    await asyncio.to_thread(daemon.stop)
    async with remote(0) as source:
        assert source.age == math.inf
        assert await text(source) == "0"
        await asyncio.sleep(0.5)
        assert source.stale
        assert await took(source) < 0.1
        await asyncio.to_thread(daemon.start)
        await commit(repository, 1)
        await eventually(source, "1", 5)
        assert not source.stale


async def test_a_damaged_mirror_is_cloned_again(remote: Open, tmp_path: Path) -> None:
    async with remote(0) as source:
        await source.sync()
    (mirror,) = (tmp_path / "state" / "mirrors").iterdir()
    assert mirror.name.startswith("config-")
    (mirror / "config").write_text("[core\n")
    async with remote(0) as source:
        assert await text(source) == "0"
    assert [path.name for path in mirror.parent.iterdir()] == [mirror.name]


async def test_a_remote_that_was_never_reached_is_not_found_quickly(
    daemon: Daemon, remote: Open
) -> None:
    await asyncio.to_thread(daemon.stop)
    async with remote(0) as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
        began = time.monotonic()
        for error in await asyncio.gather(
            *[source.sync() for _ in range(100)], return_exceptions=True
        ):
            assert isinstance(error, NoSuchRepository)
        assert time.monotonic() - began < 0.5
        await asyncio.to_thread(daemon.start)
        await asyncio.sleep(1.1)
        assert await text(source) == "0"


async def test_a_state_directory_that_cannot_be_written_is_logged(
    remote: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread((tmp_path / "state").write_text, "a file")
    async with remote(0) as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
    assert "the mirror cannot be written: Not a directory" in caplog.text


async def test_a_silent_remote_that_was_never_reached_costs_the_timeout_once(
    daemon: Daemon, remote: Open
) -> None:
    daemon.signal(signal.SIGSTOP)
    async with remote(0) as source:
        began = time.monotonic()
        for error in await asyncio.gather(
            *[source.sync() for _ in range(50)], return_exceptions=True
        ):
            assert isinstance(error, NoSuchRepository)
        assert time.monotonic() - began < TIMEOUT + 0.5
        daemon.signal(signal.SIGCONT)


@pytest.mark.parametrize(("rate", "bound"), [(None, 0.5), (0, TIMEOUT + 0.5), (1, 0.2), (-1, 0.2)])
async def test_nobody_waits_longer_than_agreed_for_a_silent_remote(
    daemon: Daemon, remote: Open, rate: int | None, bound: float
) -> None:
    async with remote(rate) as source:
        await source.sync()
        daemon.signal(signal.SIGSTOP)
        await asyncio.sleep(1.1)
        first = [took(source) for _ in range(50)]
        assert max(await asyncio.gather(*first)) < bound
        if rate is not None:
            assert max(await asyncio.gather(*[took(source) for _ in range(50)])) < 0.2
        daemon.signal(signal.SIGCONT)


async def test_readers_of_several_labels_while_a_fetch_hangs(
    repository: GitRepository, daemon: Daemon, remote: Open
) -> None:
    labels = [f"label-{number}" for number in range(5)]
    for label in labels:
        await commit(repository, label, label)

    async def read(source: RemoteSource, label: str) -> float:
        slowest = 0.0
        for _ in range(10):
            began = time.monotonic()
            await source.sync()
            slowest = max(slowest, time.monotonic() - began)
            found = await asyncio.to_thread(lambda: source.snapshot(label).read("n.txt").decode())
            assert found == label
        return slowest

    async with remote(None) as source:
        await source.sync()
        daemon.signal(signal.SIGSTOP)
        await asyncio.sleep(1.1)
        slowest = await asyncio.gather(*[read(source, labels[turn % 5]) for turn in range(200)])
        assert max(slowest) < 0.6
        daemon.signal(signal.SIGCONT)


async def test_the_worker_shows_no_uri_and_ends_with_the_source(
    remote: Open, daemon: Daemon
) -> None:
    def workers() -> list[str]:
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if "configserver.backends.git.worker" in line:
                found.append(line)
        return found

    async with remote(0) as source:
        await source.sync()
        lines = await asyncio.to_thread(workers)
        assert lines
        assert not [line for line in lines if str(daemon.port) in line]


@pytest.mark.parametrize("scheme", ["http", "git", "ssh"])
async def test_no_password_is_logged_or_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    address = Address.parse(f"{scheme}://someone:s3cr%40t-pw@127.0.0.1:9/team/config.git")
    source = RemoteSource(
        address,
        state_dir=tmp_path,
        freshness=Freshness(0),
        commits=Commits("main", try_master=True),
    )
    async with source:
        with pytest.raises(NoSuchRepository) as caught:
            await source.sync()
    assert "cannot fetch" in caplog.text
    assert "s3cr" not in caplog.text
    assert "127.0.0.1" not in str(caught.value)
