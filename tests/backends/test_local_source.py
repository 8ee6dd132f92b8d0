"""A repository read in place: always current, never written to."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from configserver.backends.git.commits import Commits
from configserver.backends.git.local import LocalSource
from configserver.errors import BackendFailure, NoSuchLabel
from tests.backends.conftest import GitRepository

pytestmark = pytest.mark.usefixtures("no_blocking")


def commits() -> Commits:
    return Commits("main", try_master=True)


async def text(source: LocalSource, label: str | None = None) -> str:
    """Read `n.txt` as a request does: look for news, then read in a thread."""
    await source.sync()
    return await asyncio.to_thread(lambda: source.snapshot(label).read("n.txt").decode())


@pytest.fixture
async def source(repository: GitRepository) -> AsyncIterator[LocalSource]:
    await asyncio.to_thread(repository.commit, {"n.txt": "0"})
    async with LocalSource(str(repository.path), commits()) as opened:
        yield opened


async def test_each_commit_is_seen_by_the_next_request(
    repository: GitRepository, source: LocalSource
) -> None:
    for number in range(1, 20):
        await asyncio.to_thread(repository.commit, {"n.txt": str(number)})
        assert await text(source) == str(number)


@pytest.mark.parametrize(
    "change",
    [
        ("pack-refs", "--all"),
        ("gc", "-q"),
        ("branch", "-m", "main", "trunk"),
        ("tag", "v1"),
        ("tag", "-a", "-m", "x", "v1"),
        ("checkout", "-q", "--detach"),
        ("worktree", "add", "-q", "--detach", "../other"),
    ],
    ids=" ".join,
)
async def test_refs_are_read_wherever_git_keeps_them(
    repository: GitRepository, source: LocalSource, change: tuple[str, ...]
) -> None:
    before = await source.sync()
    await asyncio.to_thread(repository.git, *change)
    label = "trunk" if "trunk" in change else "v1" if "v1" in change else "main"
    assert await text(source, label) == "0"
    assert await text(source, "HEAD") == "0"
    if change[0] in {"pack-refs", "gc", "checkout", "worktree"}:
        assert await source.sync() is before


async def test_changes_within_one_tick_of_the_clock_are_seen(
    repository: GitRepository, source: LocalSource
) -> None:
    """A time in the future may always stand for one more change."""
    old = await asyncio.to_thread(repository.git, "rev-parse", "HEAD")
    new = await asyncio.to_thread(repository.commit, {"n.txt": "1"})
    folder = repository.path / ".git/refs/heads"
    tick = time.time_ns() + 3600 * 10**9

    def replace(commit: str) -> None:
        (folder / "main.lock").write_text(f"{commit}\n")
        (folder / "main.lock").rename(folder / "main")
        for path in (folder / "main", folder):
            os.utime(path, ns=(tick, tick))

    for _ in range(5):
        await asyncio.to_thread(replace, old)
        assert await text(source) == "0"
        await asyncio.to_thread(replace, new)
        assert await text(source) == "1"


async def test_a_ref_written_in_place_is_seen_within_a_second(
    repository: GitRepository, source: LocalSource
) -> None:
    old = await asyncio.to_thread(repository.git, "rev-parse", "HEAD")
    await asyncio.to_thread(repository.commit, {"n.txt": "1"})
    await asyncio.sleep(0.1)
    assert await text(source) == "1"
    await asyncio.to_thread((repository.path / ".git/refs/heads/main").write_text, f"{old}\n")
    await asyncio.sleep(1)
    assert await text(source) == "0"


async def test_unchanged_refs_are_one_generation(source: LocalSource) -> None:
    first = await source.sync()
    assert {id(found) for found in await asyncio.gather(*[source.sync() for _ in range(200)])} == {
        id(first)
    }
    assert source.now() is None


async def test_a_deleted_branch_is_gone(repository: GitRepository, source: LocalSource) -> None:
    await asyncio.to_thread(repository.git, "branch", "topic")
    assert await text(source, "topic") == "0"
    await asyncio.to_thread(repository.git, "branch", "-D", "topic")
    with pytest.raises(NoSuchLabel):
        await text(source, "topic")


async def test_master_stands_in_for_a_missing_main(
    repository: GitRepository, source: LocalSource
) -> None:
    await asyncio.to_thread(repository.git, "branch", "-m", "main", "master")
    assert await text(source) == await text(source, "main") == await text(source, "master") == "0"
    with pytest.raises(NoSuchLabel):
        await text(source, "other")
    strict = LocalSource(str(repository.path), Commits("main", try_master=False))
    async with strict:
        with pytest.raises(NoSuchLabel):
            await text(strict)


async def test_the_repository_may_come_later(tmp_path: Path) -> None:
    async with LocalSource(str(tmp_path / "late"), commits()) as source:
        with pytest.raises(BackendFailure):
            await source.sync()
        repository = await asyncio.to_thread(GitRepository, tmp_path / "late")
        await asyncio.to_thread(repository.commit, {"n.txt": "0"})
        assert await text(source) == "0"


async def test_many_share_a_pool(repository: GitRepository, tmp_path: Path) -> None:
    commit = await asyncio.to_thread(repository.commit, {"n.txt": "0"})
    before = threading.active_count()
    with ThreadPoolExecutor(2) as pool:
        sources = [
            LocalSource(str(repository.path), commits(), pool=pool, shown="file:///config")
            for _ in range(100)
        ]
        for source in sources:
            await source.__aenter__()
        assert await text(sources[0]) == "0"
        await asyncio.gather(*[source.sync() for source in sources])
        assert threading.active_count() <= before + 10
        report = sources[0].report()
        assert (report.uri, report.commit, report.stale) == ("file:///config", commit, False)
        missing = LocalSource(str(tmp_path / "nope"), commits(), pool=pool)
        async with missing:
            with pytest.raises(BackendFailure):
                await missing.sync()
            assert missing.absent
            assert missing.size == 0
        for source in sources:
            await source.__aexit__(None, None, None)


async def test_nothing_is_written(repository: GitRepository, source: LocalSource) -> None:
    def state() -> dict[str, int]:
        found = (path for path in repository.path.rglob("*") if path.is_file())
        return {str(path): path.stat().st_mtime_ns for path in found}

    before = await asyncio.to_thread(state)
    await text(source)
    await text(source, "HEAD")
    assert await asyncio.to_thread(state) == before
