"""Several URIs of one repository: the first that answers is used, and never takes anything back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.faults import Fault
from configserver.backends.git.remote import RemoteSource
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import commit, events, eventually, git, opened, settled, text, until

pytestmark = pytest.mark.usefixtures("no_blocking")
Open = Callable[..., AbstractAsyncContextManager[RemoteSource]]


@pytest.fixture
def copy(repository: GitRepository, tmp_path: Path) -> GitRepository:
    """Return a clone of the repository, on another host."""
    repository.commit({"n.txt": "0"})
    made = GitRepository(tmp_path / "other" / "config")
    made.git("pull", "-q", str(repository.path), "main")
    return made


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "other").mkdir(exist_ok=True)
    served = Daemon(tmp_path / "other")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def hosts(daemon: Daemon, other: Daemon) -> tuple[Daemon, Daemon]:
    return daemon, other


@pytest.fixture
def remote(daemon: Daemon, other: Daemon, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Open:
    caplog.set_level(logging.INFO)

    @asynccontextmanager
    async def make(**options: Any) -> AsyncIterator[RemoteSource]:
        uris = (daemon.uri("config"), other.uri("config"))
        async with opened(tmp_path / "state", *uris, **{"again": 0.5, **options}) as source:
            yield source

    return make


async def over_to(source: RemoteSource, daemon: Daemon) -> None:
    """Ask until a host is the one that is used."""

    def is_there() -> bool:
        source.now()
        return source.report().uri == daemon.uri("config")

    await source.sync()
    await until(is_there)


async def test_the_second_is_used_while_the_first_is_away(
    copy: GitRepository,
    daemon: Daemon,
    other: Daemon,
    remote: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with remote() as source:
        await settled(source)
        assert source.report().uri == daemon.uri("config")
        await asyncio.to_thread(daemon.stop)
        await commit(copy, 1)
        await over_to(source, other)
        await settled(source)
        assert await text(source) == "1"
        assert not source.stale
        (event,) = events(caplog, "fail-over")
        assert event["uri"] == other.uri("config")
        assert event["fault"] is Fault.CONNECT
        assert not events(caplog, "remote failed")


async def test_the_first_is_used_again_when_it_is_back(
    copy: GitRepository, repository: GitRepository, daemon: Daemon, other: Daemon, remote: Open
) -> None:
    async with remote() as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        await over_to(source, other)
        await asyncio.to_thread(daemon.start)
        await over_to(source, daemon)
        assert copy.path.exists()
        await commit(repository, 2)
        await eventually(source, "2")


@pytest.mark.usefixtures("copy")
async def test_a_first_clone_may_come_from_the_second(
    daemon: Daemon, other: Daemon, remote: Open, tmp_path: Path
) -> None:
    await asyncio.to_thread(daemon.stop)
    async with remote(again=60) as source:
        await settled(source)
        assert await text(source) == "0"
        assert source.report().uri == other.uri("config")
    (mirror,) = (tmp_path / "state" / "mirrors").iterdir()
    assert {path.name for path in mirror.iterdir()} == {"1", "seen"}


async def test_nobody_is_served_less_by_a_host_that_is_behind(
    hosts: tuple[Daemon, Daemon],
    copy: GitRepository,
    repository: GitRepository,
    remote: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    daemon, other = hosts
    first = await git(copy, "rev-parse", "HEAD")
    second = await commit(repository, 1)
    await git(repository, "tag", "v1")
    async with remote(prune=True) as source:
        await settled(source)
        await git(repository, "branch", "only-here")
        assert await text(source, "only-here") == "1"
        await asyncio.to_thread(daemon.stop)
        await git(copy, "tag", "v1")
        await over_to(source, other)
        for _ in range(3):
            assert await text(source) == "1"
            assert await text(source, "only-here") == "1"
            assert await text(source, "v1") == "1"
            assert source.stale
        behind = [one for one in events(caplog, "behind") if one["branch"] == "main"]
        assert len(behind) == 1
        assert (behind[0]["served"], behind[0]["there"]) == (second, first)
        assert not events(caplog, "force-pushed")
    async with remote() as source:
        assert source.commit() == second
        await git(copy, "pull", "-q", str(repository.path), "main")
        await git(copy, "tag", "-f", "v1")
        await commit(copy, 2)
        await eventually(source, "2")
        await until(lambda: not source.stale)


async def test_a_host_that_diverged_is_followed_only_if_it_is_the_first(
    hosts: tuple[Daemon, Daemon],
    copy: GitRepository,
    repository: GitRepository,
    remote: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    daemon, other = hosts
    await commit(repository, "ours")
    async with remote() as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        await commit(copy, "theirs")
        await over_to(source, other)
        assert await text(source) == "ours"
        assert events(caplog, "diverged")
        await git(repository, "commit", "-q", "--amend", "--allow-empty", "-m", "again")
        amended = await git(repository, "rev-parse", "HEAD")
        await asyncio.to_thread(daemon.start)
        await over_to(source, daemon)
        await until(lambda: source.now() is None and source.commit() == amended)
        assert not source.stale
        assert events(caplog, "force-pushed")


@pytest.mark.usefixtures("copy")
async def test_both_away_is_an_outage(daemon: Daemon, other: Daemon, remote: Open) -> None:
    async with remote() as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        await asyncio.to_thread(other.stop)
        assert await text(source) == "0"
        await until(lambda: source.stale)
        await asyncio.to_thread(other.start)
        await over_to(source, other)
        await until(lambda: not source.stale)
