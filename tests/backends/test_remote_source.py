"""A remote behind `git daemon`: mirrored, followed, and not waited for when it is silent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from configserver.backends.git.fetching.packs import MANY
from configserver.backends.git.refs import Refs
from configserver.backends.git.remote import RemoteSource
from configserver.errors import NoSuchLabel
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import commit, eventually, git, opened, settled, text

pytestmark = pytest.mark.usefixtures("no_blocking")
Open = Callable[..., AbstractAsyncContextManager[RemoteSource]]


@pytest.fixture
def remote(repository: GitRepository, daemon: Daemon, tmp_path: Path) -> Open:
    """Return a maker of sources for one remote with a first commit."""
    repository.commit({"n.txt": "0"})

    @asynccontextmanager
    async def make(rate: int | None = 0, *, prune: bool = False) -> AsyncIterator[RemoteSource]:
        uri = daemon.uri("config")
        async with opened(tmp_path / "state", uri, rate=rate, prune=prune) as source:
            await settled(source)
            yield source

    return make


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
    packs = list((tmp_path / "state").glob("mirrors/*/1/objects/pack/*.pack"))
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
