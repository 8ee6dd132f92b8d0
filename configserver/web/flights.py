"""Making an answer once for all who ask for it at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from configserver.web.answers import Key, Stored


class Flights:
    """The answers that are being made: at most one for a key and a generation."""

    def __init__(self) -> None:
        self._tasks: dict[Key, tuple[object, asyncio.Task[Stored]]] = {}

    async def join(
        self, key: Key, generation: object, make: Callable[[], Coroutine[Any, Any, Stored]]
    ) -> Stored:
        """Return what `make` returns, or raise what it raises; an asker may be cancelled alone."""
        under_way = self._tasks.get(key)
        if under_way is not None and under_way[0] == generation:
            return await asyncio.shield(under_way[1])
        task = asyncio.create_task(make())
        self._tasks[key] = (generation, task)
        task.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(task)

    def _land(self, key: Key, task: asyncio.Task[Stored]) -> None:
        if key in self._tasks and self._tasks[key][1] is task:
            del self._tasks[key]
        with suppress(asyncio.CancelledError):
            task.exception()  # nobody need be left to look at it
