"""Ending a task that uses a library."""

import asyncio
from typing import Any, Final

_TIMES: Final = 3
_SECONDS: Final = 1.0


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it ends, within a bounded time.

    A library that is closing may swallow a cancellation; its caller then goes on to the next wait,
    where another one ends it.
    """
    for _ in range(_TIMES):
        if not task.cancel():
            return
        await asyncio.wait([task], timeout=_SECONDS)
