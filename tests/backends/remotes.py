"""Sources of remotes for tests, with what they share."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.mirrors.folder import MirrorFolder, mirror_name
from configserver.backends.git.remote import RemoteSource
from configserver.errors import ConfigError
from tests.backends.conftest import GitRepository

TIMEOUT = 2.5
MEMORY = 512 << 20


@asynccontextmanager
async def means() -> AsyncIterator[tuple[Fetchers, ThreadPoolExecutor]]:
    with ThreadPoolExecutor(4, "disk") as pool:
        async with Fetchers(4, MEMORY) as fetchers:
            yield fetchers, pool


def remote_source(
    fetchers: Fetchers,
    pool: Executor,
    state: Path,
    *uris: str,
    rate: int | None = 0,
    max_stale: float | None = None,
    followed: float = 30.0,
    label: str = "main",
    timeout: float = TIMEOUT,
    **others: Any,
) -> RemoteSource:
    addresses = [Address.parse(uri) for uri in uris]
    shown = addresses[0].shown
    return RemoteSource(
        addresses,
        access=Access(),
        folder=MirrorFolder(state, state / "mirrors" / mirror_name(shown), shown),
        fetchers=fetchers,
        pool=pool,
        freshness=Freshness(rate, timeout=timeout, max_stale=max_stale, followed=followed),
        commits=Commits(label, try_master=True),
        **others,
    )


@asynccontextmanager
async def opened(state: Path, *uris: str, **options: Any) -> AsyncIterator[RemoteSource]:
    async with (
        means() as (fetchers, pool),
        remote_source(fetchers, pool, state, *uris, **options) as source,
    ):
        yield source


async def settled(source: RemoteSource) -> None:
    """Wait until the remote was fetched: a busy machine may need more than one attempt."""
    limit = time.monotonic() + 30
    while source.age == math.inf or source.stale:
        assert time.monotonic() < limit
        with suppress(ConfigError):
            await source.sync()
        await asyncio.sleep(0.02)


async def text(source: RemoteSource, label: str | None = None) -> str:
    """Read `n.txt` as a request does: look for news, then read in a thread."""
    await source.sync()
    return await asyncio.to_thread(lambda: source.snapshot(label).read("n.txt").decode())


async def within(seconds: float, source: RemoteSource) -> None:
    """Look for news as a request does; with 0 seconds it must not wait for anything at all.

    Raises:
        TimeoutError: it waits longer.
    """
    async with asyncio.timeout(seconds):
        await source.sync()


async def commit(repository: GitRepository, number: int | str, branch: str | None = None) -> str:
    return await asyncio.to_thread(repository.commit, {"n.txt": str(number)}, branch)


async def git(repository: GitRepository, *arguments: str) -> str:
    return await asyncio.to_thread(repository.git, *arguments)


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition that comes true by itself."""
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:  # noqa: ASYNC110 - any condition
        await asyncio.sleep(0.02)
    assert condition()


async def eventually(source: RemoteSource, expected: str, seconds: float = 30) -> None:
    """Ask until the answer is the expected one."""
    limit = time.monotonic() + seconds
    found = None
    while time.monotonic() < limit:
        try:
            found = await text(source)
        except ConfigError as error:
            found = error.reason
        if found == expected:
            return
        await asyncio.sleep(0.02)
    assert found == expected


def events(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    """Return the fields of all events of one name."""
    return [
        getattr(record, "fields", {}) for record in caplog.records if record.getMessage() == name
    ]
