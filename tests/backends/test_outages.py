"""A remote that is frozen, killed, away at the start, and back again."""

import asyncio
import logging
import math
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.breaker import State
from configserver.backends.git.faults import Fault
from configserver.backends.git.remote import RemoteSource
from configserver.errors import ConfigError, NoSuchLabel, NoSuchRepository, Unavailable
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import (
    TIMEOUT,
    commit,
    events,
    eventually,
    git,
    means,
    opened,
    remote_source,
    settled,
    text,
    until,
    within,
)

pytestmark = pytest.mark.usefixtures("no_blocking")
Open = Callable[..., AbstractAsyncContextManager[RemoteSource]]


@pytest.fixture
def remote(
    repository: GitRepository, daemon: Daemon, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Open:
    """Return a maker of sources for one remote with a first commit."""
    repository.commit({"n.txt": "0"})
    caplog.set_level(logging.INFO)

    @asynccontextmanager
    async def make(**options: Any) -> AsyncIterator[RemoteSource]:
        async with opened(tmp_path / "state", daemon.uri("config"), **options) as source:
            yield source

    return make


async def read(source: RemoteSource) -> str:
    """Read without asking for news."""
    return await asyncio.to_thread(lambda: source.snapshot(None).read("n.txt").decode())


async def test_it_starts_from_disk_and_asks_the_network_later(
    repository: GitRepository, daemon: Daemon, remote: Open
) -> None:
    async with remote() as source:
        await settled(source)
        assert await text(source) == "0"
        assert source.age < math.inf
    await asyncio.to_thread(daemon.stop)
    async with remote() as source:
        assert source.ready()
        assert source.age == math.inf
        assert source.report().failures == 0
        assert await read(source) == "0"
        assert await text(source) == "0"
        await until(lambda: source.stale)
        assert source.report().fault is Fault.CONNECT
        await within(0, source)
        await asyncio.to_thread(daemon.start)
        await commit(repository, 1)
        await eventually(source, "1")
        assert not source.stale
        assert source.report().breaker is State.CLOSED


async def test_entering_does_not_touch_the_network(
    daemon: Daemon, remote: Open, tmp_path: Path
) -> None:
    """There is not even a process that could."""
    async with remote() as source:
        await settled(source)
    daemon.signal(signal.SIGSTOP)
    async with means() as (fetchers, pool):
        source = remote_source(fetchers, pool, tmp_path / "state", daemon.uri("config"))
        await source.__aenter__()
        assert fetchers.pids == ()
        assert source.ready()
        assert source.commit() is not None
        assert source.report().retry_in is None
        assert await read(source) == "0"
        await source.__aexit__(None, None, None)
    daemon.signal(signal.SIGCONT)


@pytest.mark.parametrize(
    ("rate", "limit", "bound"),
    [(None, 10.0, 3.0), (0, TIMEOUT, 2 * TIMEOUT), (1, 10.0, 0.0), (-1, 10.0, 0.0)],
)
async def test_nobody_waits_longer_than_agreed_for_a_silent_remote(
    daemon: Daemon, remote: Open, rate: int | None, limit: float, bound: float
) -> None:
    """Those who come later wait for nothing."""
    async with remote(rate=rate, timeout=limit) as source:
        await settled(source)
        daemon.signal(signal.SIGSTOP)
        await asyncio.sleep(1.1)
        await asyncio.gather(*[within(bound, source) for _ in range(50)])
        await asyncio.gather(*[within(0, source) for _ in range(50)])
        daemon.signal(signal.SIGCONT)


async def test_after_a_short_pause_nobody_waits(remote: Open) -> None:
    """A few looks follow the last request: who comes back soon finds what is new enough."""
    async with remote(rate=None) as source:
        await settled(source)
        await source.sync()
        assert source.now() is not None
        for _ in range(2):
            await seen_again(source)


async def seen_again(source: RemoteSource) -> None:
    """Wait until a look has made what is served half a second younger than it is now."""
    began = time.monotonic()
    age = source.age
    await until(lambda: source.age < age + time.monotonic() - began - 0.5, 5)


async def test_without_requests_looks_end(remote: Open) -> None:
    async with remote(rate=None) as source:
        await settled(source)
        await asyncio.sleep(1.6)
        assert source.age > 1.5


@pytest.mark.parametrize("rate", [None, 0])
async def test_200_readers_of_5_labels_while_the_remote_is_frozen_killed_and_back(
    repository: GitRepository, daemon: Daemon, remote: Open, rate: int | None
) -> None:
    labels = [f"label-{number}" for number in range(5)]
    for label in labels:
        await commit(repository, label, label)
    going, waits, reads = True, 0, 0

    async def ask(source: RemoteSource, label: str) -> None:
        nonlocal waits, reads
        while going:
            if source.now() is None:
                waits += 1
                await source.sync()
            found = await asyncio.to_thread(lambda: source.snapshot(label).read("n.txt").decode())
            assert found == label
            reads += 1
            await asyncio.sleep(0.05)

    async with remote(rate=rate) as source:
        await settled(source)
        await until(lambda: not source.stale)
        readers = [asyncio.create_task(ask(source, labels[turn % 5])) for turn in range(200)]
        daemon.signal(signal.SIGSTOP)
        await until(lambda: source.report().breaker is not State.CLOSED)
        waits = 0
        await asyncio.sleep(1)
        await asyncio.to_thread(daemon.stop)
        await asyncio.sleep(0.5)
        assert waits == 0
        assert source.stale
        await asyncio.to_thread(daemon.start)
        await until(lambda: not source.stale)
        going = False
        await asyncio.gather(*readers)
        assert reads > 200


async def test_an_outage_is_logged_once_and_so_is_its_end(
    daemon: Daemon, remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with remote() as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        for _ in range(20):
            await source.sync()
        await until(lambda: source.now() is not None and source.report().failures > 1)
        (failed,) = events(caplog, "remote failed")
        assert failed["repository"] == daemon.uri("config")
        assert failed["fault"] is Fault.CONNECT
        assert failed["hint"]
        assert 0.7 < failed["retry_in"] < 1.3
        await asyncio.to_thread(daemon.start)
        await eventually(source, "0")
        await until(lambda: not source.stale)
        (back,) = events(caplog, "remote is back")
        assert back["after"] > 0.5


async def test_a_push_does_not_wait_for_the_next_try(
    repository: GitRepository, daemon: Daemon, remote: Open
) -> None:
    async with remote(rate=-1) as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        await source.refresh()
        assert source.report().failures == 1
        assert 0.2 < (source.report().retry_in or 0) < 1.3
        await asyncio.to_thread(daemon.start)
        await commit(repository, 1)
        await source.refresh()
        assert source.report().failures == 0
        assert await text(source) == "1"


async def test_a_remote_comes_back_without_anyone_asking(daemon: Daemon, remote: Open) -> None:
    async with remote(rate=0) as source:
        await settled(source)
        await asyncio.to_thread(daemon.stop)
        await source.sync()
        await source.sync()
        assert source.stale
        await asyncio.to_thread(daemon.start)
        await until(lambda: not source.stale)


async def test_max_stale_refuses_what_is_too_old_and_recovers(
    repository: GitRepository, daemon: Daemon, remote: Open
) -> None:
    async with remote(max_stale=1) as source:
        await settled(source)
        assert await text(source) == "0"
        await asyncio.to_thread(daemon.stop)
        assert await text(source) == "0"
        await until(lambda: source.age > 1)
        assert source.now() is None
        with pytest.raises(Unavailable) as caught:
            await within(0, source)
        assert caught.value.status == 503
        assert "not seen since 20" in caught.value.hint
        assert "connect" in caught.value.hint
        await asyncio.to_thread(daemon.start)
        await commit(repository, 1)
        await eventually(source, "1")


@pytest.mark.parametrize("max_stale", [1.0, 3600.0, None])
async def test_max_stale_counts_across_a_restart(
    daemon: Daemon, remote: Open, max_stale: float | None
) -> None:
    async with remote() as source:
        await settled(source)
    await asyncio.to_thread(daemon.stop)
    await asyncio.sleep(1.1)
    async with remote(max_stale=max_stale) as source:
        seen_at = source.report().seen_at
        assert seen_at is not None
        assert 1 < time.time() - seen_at < 60
        if max_stale == 1:
            with pytest.raises(Unavailable):
                await source.sync()
        else:
            assert await text(source) == "0"


async def test_a_remote_that_was_never_reached_is_not_found_quickly(
    daemon: Daemon, remote: Open
) -> None:
    await asyncio.to_thread(daemon.stop)
    async with remote() as source:
        with pytest.raises(NoSuchRepository) as caught:
            await source.sync()
        assert "127.0.0.1" not in caught.value.reason + caught.value.hint
        await until(lambda: source.report().failures > 0)
        for error in await asyncio.gather(
            *[within(0, source) for _ in range(100)], return_exceptions=True
        ):
            assert isinstance(error, NoSuchRepository)
        assert not source.absent
        assert not source.ready()
        await asyncio.to_thread(daemon.start)
        await eventually(source, "0")


async def test_a_silent_remote_that_was_never_reached_costs_the_timeout_once(
    daemon: Daemon, remote: Open
) -> None:
    daemon.signal(signal.SIGSTOP)
    async with remote() as source:
        began = time.monotonic()
        for error in await asyncio.gather(
            *[source.sync() for _ in range(50)], return_exceptions=True
        ):
            assert isinstance(error, NoSuchRepository)
        assert time.monotonic() - began < 2 * TIMEOUT
        await until(lambda: source.report().fault is Fault.TIMEOUT)
        daemon.signal(signal.SIGCONT)
        await eventually(source, "0")


async def test_a_repository_that_does_not_exist_is_absent(daemon: Daemon, tmp_path: Path) -> None:
    async with opened(tmp_path / "state", daemon.uri("nope")) as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
        await until(lambda: source.absent)
        assert source.size == 0
        report = source.report()
        assert (report.fault, report.absent, report.commit) == (Fault.ABSENT, True, None)


async def test_a_repository_that_vanished_is_served_on(
    repository: GitRepository, remote: Open
) -> None:
    async with remote() as source:
        await settled(source)
        await asyncio.to_thread(repository.path.rename, repository.path.with_name("away"))
        assert await text(source) == "0"
        await until(lambda: source.report().fault is Fault.ABSENT)
        assert source.stale
        assert not source.absent
        assert source.size > 0


async def test_clone_on_start_waits_for_something_to_serve(
    daemon: Daemon, remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with remote(clone_on_start=True) as source:
        assert source.ready()
        assert source.size > 0
        assert (source.report().memory or 0) > 1 << 20
    await asyncio.to_thread(daemon.stop)
    async with remote(clone_on_start=True) as source:
        assert source.ready()
    assert events(caplog, "serving the mirror of an earlier run")


@pytest.mark.parametrize(
    ("name", "label", "error"),
    [("nope", "main", Unavailable), ("config", "nope", NoSuchLabel)],
)
@pytest.mark.usefixtures("remote")
async def test_clone_on_start_fails_without_repository_or_default_label(
    daemon: Daemon,
    tmp_path: Path,
    name: str,
    label: str,
    error: type[ConfigError],
) -> None:
    with pytest.raises(error) as caught:
        async with opened(tmp_path / "state", daemon.uri(name), label=label, clone_on_start=True):
            pass
    assert caught.value.reason


async def test_an_empty_repository_is_no_failure(
    repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    async with opened(tmp_path / "state", daemon.uri("config")) as source:
        with pytest.raises(NoSuchLabel):
            await text(source)
        assert source.ready()
        assert not source.stale
        await commit(repository, 0)
        assert await text(source) == "0"
    async with opened(tmp_path / "state", daemon.uri("config")) as source:
        assert await text(source) == "0"


async def test_what_moved_is_logged_and_what_was_forced_with_a_warning(
    repository: GitRepository, remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with remote(prune=True) as source:
        first = await git(repository, "rev-parse", "HEAD")
        await source.sync()
        assert not events(caplog, "moved")
        second = await commit(repository, 1)
        await git(repository, "branch", "topic")
        await source.sync()
        await git(repository, "reset", "-q", "--hard", first)
        third = await commit(repository, 2)
        await git(repository, "branch", "-D", "topic")
        assert await text(source) == "2"
    moved = {(one["branch"], one["before"], one["after"]) for one in events(caplog, "moved")}
    assert moved == {("main", first, second), ("topic", None, second)}
    (forced,) = events(caplog, "force-pushed")
    assert (forced["branch"], forced["before"], forced["after"]) == ("main", second, third)
    (deleted,) = events(caplog, "deleted")
    assert (deleted["branch"], deleted["before"]) == ("topic", second)


async def test_a_renamed_default_branch_is_found_under_its_new_name(
    repository: GitRepository, remote: Open
) -> None:
    async with remote(prune=True) as source:
        await settled(source)
        assert await text(source) == "0"
        await git(repository, "branch", "-m", "main", "master")
        await commit(repository, 1, "master")
        assert await text(source) == "1"
        assert (await asyncio.to_thread(source.snapshot, None)).stand_in == "master"
        assert await text(source, "HEAD") == "1"


@pytest.mark.parametrize("scheme", ["http", "git", "ssh"])
async def test_no_password_is_logged_or_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    uri = f"{scheme}://someone:s3cr%40t-pw@127.0.0.1:9/team/config.git"
    async with opened(tmp_path / "state", uri) as source:
        with pytest.raises(NoSuchRepository) as caught:
            await source.sync()
        await until(lambda: source.report().failures > 0)
        shown = [str(source.report()), str(caught.value), caught.value.hint, caplog.text]
    assert events(caplog, "remote failed")
    shown += [str(vars(record)) for record in caplog.records]
    assert "s3cr" not in " ".join(shown)
    assert "127.0.0.1" not in str(caught.value) + caught.value.hint


async def test_hundreds_of_sources_need_no_thread_or_process_of_their_own(tmp_path: Path) -> None:
    """All of them fail, since nothing listens there, and none is in the way of another."""
    async with means() as (fetchers, pool):
        before = threading.active_count()
        sources = [
            remote_source(fetchers, pool, tmp_path / "state", f"git://127.0.0.1:9/r{number}")
            for number in range(300)
        ]
        for source in sources:
            await source.__aenter__()
        assert threading.active_count() <= before + 20
        with pytest.raises(NoSuchRepository):
            await sources[-1].sync()
        assert len(fetchers.pids) <= 4
        began = time.monotonic()
        await asyncio.gather(*[source.__aexit__(None, None, None) for source in sources])
        assert time.monotonic() - began < 5
