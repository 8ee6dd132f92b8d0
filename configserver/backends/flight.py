"""Doing a thing once for all who want it at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedProbe(Generic[T]):
    """Runs one probe at a time; nobody gets the result of one that began before they asked.

    So whoever saw something change and then asks sees the change, and any number of askers costs
    at most two probes in a row.

    Attributes:
        began: the loop's time at which the current probe, or the last one, was started.
    """

    def __init__(self, probe: Callable[[], Awaitable[T]]) -> None:
        self._probe = probe
        self._running: asyncio.Task[T] | None = None
        self._waiting: asyncio.Task[T] | None = None
        self._begun = False
        self.began = 0.0

    def join(self) -> asyncio.Task[T]:
        """Return a probe that begins after this call; shield it when awaiting it."""
        if self._waiting is not None:
            return self._waiting
        if self._running is None or self._running.done():
            return self._start()
        if not self._begun:
            return self._running
        self._waiting = _spawn(self._after(self._running))
        return self._waiting

    def current(self) -> asyncio.Task[T]:
        """Return the running probe, begun at any time, or a new one."""
        if self._running is None or self._running.done():
            return self._waiting or self._start()
        return self._running

    async def close(self) -> None:
        """Cancel the probes and wait for their end."""
        for task in (self._waiting, self._running):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])

    def _start(self) -> asyncio.Task[T]:
        self._begun = False
        self.began = asyncio.get_running_loop().time()
        self._running = _spawn(self._run())
        return self._running

    async def _after(self, running: asyncio.Task[T]) -> T:
        await asyncio.wait([running])
        self._running, self._waiting = self._waiting, None
        self.began = asyncio.get_running_loop().time()
        return await self._run()

    async def _run(self) -> T:
        self._begun = True
        return await self._probe()


class SingleFlight:
    """Runs one coroutine per key at a time and gives its result to all who ask meanwhile."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what `work` returns, or raise what it raises; an asker may be cancelled alone."""
        task: asyncio.Task[T] | None = self._flights.get(key)
        if task is None:
            task = _spawn(work())
            self._flights[key] = task
            task.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel what is under way and wait for its end."""
        tasks = list(self._flights.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def wait_at_most(task: asyncio.Task[T], seconds: float | None) -> bool:
    """Wait for a task without owning it; return whether it is done."""
    if not task.done() and (seconds is None or seconds > 0):
        await asyncio.wait([task], timeout=seconds)
    return task.done()


def _spawn(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    task.add_done_callback(_retrieve)
    return task


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Look at the error: that nobody waited for it any more is fine."""
    with suppress(asyncio.CancelledError):
        task.exception()


async def end(thread: ThreadPoolExecutor) -> None:
    """Wait for the end of a thread's work without stopping the loop."""
    await asyncio.to_thread(thread.shutdown, cancel_futures=True)
