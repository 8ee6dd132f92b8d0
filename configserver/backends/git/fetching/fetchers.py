"""All processes that clone and fetch: few at once, used again, gone when not needed."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.jobs import Fetched, Job
from configserver.backends.git.fetching.worker_process import Ended, WorkerProcess

_IDLE = 60.0
_END = 0.8
"""Seconds to wait for the end of a process that was killed."""


class Fetchers:
    """Processes for all remotes; an asynchronous context manager.

    They are started on demand. An idle one that last served the same remote is taken first, as it
    may still be connected.

    Args:
        limit: how many jobs run at once, which is how many processes there are; more jobs wait in
            line, in order.
        memory: bytes that each process may hold.
        pass_fds: descriptors that they inherit, such as a lock that shall be held as long as any
            of them lives.
        idle: seconds after which a process without work ends.
    """

    def __init__(
        self, limit: int, memory: int, *, pass_fds: Iterable[int] = (), idle: float = _IDLE
    ) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._start = partial(WorkerProcess, memory, tuple(pass_fds))
        self._rest = idle
        self._threads: Executor = ThreadPoolExecutor(limit, "git-fetchers")
        self._processes: set[WorkerProcess] = set()
        self._starting: set[asyncio.Future[WorkerProcess]] = set()
        self._idle: dict[WorkerProcess, asyncio.TimerHandle] = {}
        self._endings: set[asyncio.Future[None]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes."""
        return tuple(process.pid for process in self._processes)

    async def close(self) -> None:
        """End all processes within a second, whatever they do; jobs fail."""
        self._closed = True
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        if self._starting:
            await asyncio.wait(self._starting)
        await asyncio.gather(*(self._end(process) for process in tuple(self._processes)))
        self._threads.shutdown(wait=False)

    async def fetch(self, job: Job) -> Fetched:
        """Do a job; its time limits count from when it is its turn. Cancelling it kills it.

        Raises:
            Unreachable: the remote cannot be fetched, or not into this mirror.
        """
        async with self._slots:
            rested = self._rested(job.uri)
            if rested is not None:
                # It may have been killed while it rested.
                with suppress(Ended):
                    return await self._run(rested, job)
            return await self._run(await self._started(), job)

    async def _run(self, process: WorkerProcess, job: Job) -> Fetched:
        try:
            return await process.run(job)
        finally:
            if process.usable:
                self._lay_down(process)
            else:
                await self._end(process)

    def _rested(self, uri: str) -> WorkerProcess | None:
        """Take an idle process, at best one that knows the remote, else the longest idle one."""
        while self._idle:
            same = (process for process in self._idle if process.uri == uri)
            process = next(same, next(iter(self._idle)))
            self._idle.pop(process).cancel()
            if process.lives():
                return process
            self._bury(process)
        return None

    async def _started(self) -> WorkerProcess:
        """Start a process; one that comes too late to be of use is kept for the next job."""
        if self._closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        starting = asyncio.ensure_future(loop.run_in_executor(self._threads, self._start))
        self._starting.add(starting)
        starting.add_done_callback(self._born)
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            if starting.exception() is None:
                self._lay_down(starting.result())
            raise
        except OSError as error:
            raise Unreachable(
                f"no process can be started: {error.strerror}", fault=Fault.WORKER
            ) from None
        if self._closed:
            await self._end(process)
            raise _closed()
        return process

    def _born(self, starting: asyncio.Future[WorkerProcess]) -> None:
        self._starting.discard(starting)
        if starting.exception() is None:
            self._processes.add(starting.result())

    def _lay_down(self, process: WorkerProcess) -> None:
        """Keep a process for the next job, for a while."""
        if not self._closed and process.lives():
            loop = asyncio.get_running_loop()
            self._idle[process] = loop.call_later(self._rest, self._retire, process)
        else:
            self._bury(process)

    def _retire(self, process: WorkerProcess) -> None:
        if self._idle.pop(process, None) is not None:
            self._bury(process)

    def _bury(self, process: WorkerProcess) -> None:
        """End a process that nobody waits for."""
        ending = asyncio.ensure_future(self._end(process))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end(self, process: WorkerProcess) -> None:
        process.kill()
        if process in self._processes:
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(self._threads, process.wait, _END))
            self._processes.discard(process)


def _closed() -> Unreachable:
    return Unreachable("the server is stopping", fault=Fault.WORKER)
