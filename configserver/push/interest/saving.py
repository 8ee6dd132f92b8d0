"""Writing down who asked, from time to time and at the end."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from configserver.logs import get_logger
from configserver.push.interest.queries import Interest
from configserver.push.interest.remembered import recall, remember

_log = get_logger("configserver.push")
_PAUSE: Final = 5.0
"""Seconds between two writings at least, and for which a change that was told may not be noted."""


class Saving:
    """Keeps an interest on disk; an asynchronous context manager.

    Args:
        interest: who asked.
        path: the file.
        tags: see `remember`.
        most: queries to be read at the start.
        pause: seconds between two writings.
    """

    def __init__(
        self, interest: Interest, path: Path, *, tags: bool, most: int, pause: float = _PAUSE
    ) -> None:
        self._interest = interest
        self._path = path
        self._tags = tags
        self._most = most
        self._pause = pause
        self._written = 0
        self._failing = False
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Take those of the last run into the interest."""
        for known in await asyncio.to_thread(recall, self._path, self._most):
            self._interest.put(known)
        self._written = self._interest.version
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write once more."""
        self._ended.set()
        if self._task is not None:
            await self._task
        await self._write()  # what came while the task was writing

    async def _follow(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._ended.wait()
            await self._write()

    async def _write(self) -> None:
        version = self._interest.version
        if version == self._written:
            return
        known = tuple(self._interest)
        try:
            await asyncio.to_thread(remember, self._path, known, tags=self._tags)
        except OSError as error:
            if not self._failing:
                _log.warning(
                    "who asked cannot be written down: after a restart they are not known",
                    file=str(self._path),
                    reason=error.strerror,
                )
            self._failing = True
        else:
            self._written = version
            self._failing = False
