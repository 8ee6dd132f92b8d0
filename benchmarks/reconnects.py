"""Clients that come and go at a steady pace."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import linear_regression
from typing import cast

from benchmarks.streams import local_address, request

_STEP = 0.01
_MOST = 2_000
"""Connections under way."""


@dataclass
class Storm:
    """What came of it.

    Attributes:
        waits: seconds from connecting to the first event, or sign of life.
        failed: connections that were refused, or brought nothing.
        memory: kilobytes of the server, each second.
    """

    waits: list[float] = field(default_factory=list)
    failed: int = 0
    memory: list[int] = field(default_factory=list)
    under_way: int = 0

    @property
    def slope(self) -> float:
        """Kilobytes per minute in the second half."""
        half = self.memory[len(self.memory) // 2 :]
        return linear_regression(range(len(half)), half).slope * 60

    def percentile(self, share: float) -> float:
        """Return the wait that this share did not exceed."""
        waits = sorted(self.waits)
        return waits[min(len(waits) - 1, int(share * len(waits)))]


class _Visit(asyncio.Protocol):
    __slots__ = ("_began", "_done", "_line", "_storm", "_transport")

    def __init__(self, storm: Storm, line: bytes) -> None:
        self._storm = storm
        self._line = line
        self._began = time.perf_counter()
        self._done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._line)

    def data_received(self, data: bytes) -> None:
        if not self._done and b"\n\n" in data:
            self._done = True
            self._storm.waits.append(time.perf_counter() - self._began)
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as Protocol says
        self._storm.under_way -= 1
        self._storm.failed += not self._done


async def reconnect(  # noqa: PLR0913 - what, how fast, how long
    port: int, path: str, last: str, *, rate: float, seconds: float, memory: Callable[[], int]
) -> Storm:
    """Open streams at a rate and close each as soon as it has begun."""
    storm, line = Storm(), request(path, last)
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def visit() -> None:
        try:
            await loop.create_connection(
                lambda: _Visit(storm, line), "127.0.0.1", port, local_addr=local_address()
            )
        except OSError:
            storm.failed += 1
            storm.under_way -= 1

    began = time.perf_counter()
    made = 0
    while (now := time.perf_counter() - began) < seconds:
        while made < now * rate and storm.under_way < _MOST:
            made += 1
            storm.under_way += 1
            task = asyncio.create_task(visit())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if len(storm.memory) <= now:
            storm.memory.append(memory())
        await asyncio.sleep(_STEP)
    return storm
