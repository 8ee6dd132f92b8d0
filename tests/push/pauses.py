"""Pauses of a door, in the hands of a test."""

import asyncio


class Pauses:
    """Pauses that last until the test lets them end."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await self._go.wait()
        self._go.clear()

    def end(self) -> None:
        self._go.set()
