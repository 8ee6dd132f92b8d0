"""Waiting for what tasks, threads and processes do."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Let others work until something is so.

    Raises:
        TimeoutError: it is not so in time.
    """
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - the state of a thing under test has no event
            await asyncio.sleep(0.002)
