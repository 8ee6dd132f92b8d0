"""Ending a task that uses a library."""

import asyncio
from contextlib import suppress
from typing import Any, Final

_TIMES: Final = 3
_SECONDS: Final = 1.0


async def end_empty(task: asyncio.Task[Any], emptied: asyncio.Event, *, seconds: float) -> None:
    """Give a task some seconds to send what waits, then end it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await emptied.wait()
    await end(task)


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it ends, within a bounded time.

    A library that is closing may swallow a cancellation; its caller then goes on to the next wait,
    where another one ends it.
    """
    for _ in range(_TIMES):
        if not task.cancel():
            return
        await asyncio.wait([task], timeout=_SECONDS)
