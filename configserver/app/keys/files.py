"""Files of keys, read again when they have changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from configserver.app.running import running
from configserver.errors import SettingsError
from configserver.logs import get_logger

CHECK_SECONDS: Final = 10.0
"""How often it is looked whether a file of keys has changed."""

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Time, size and number of each file, None for one that is not there."""


def stamp_of(paths: Sequence[str]) -> Stamp:
    """Return what tells of changes of files; blocks."""
    return tuple(_stamp(Path(path)) for path in paths)


class KeyFiles:
    """Has keys read again when one of their files has changed.

    Args:
        paths: of the files.
        stamp: of them before they were read.
        read: reads them all again; a SettingsError says that they cannot be used, and changes
            nothing.
        logger: the name of the log that is told.
    """

    def __init__(
        self,
        paths: Sequence[str],
        stamp: Stamp,
        *,
        read: Callable[[], Awaitable[None]],
        logger: str,
    ) -> None:
        self._paths = paths
        self._read_as = self._seen = stamp
        self._refused: tuple[Stamp, str] | None = None
        """The files that could not be used last, and why."""
        self._read = read
        self._logger = get_logger(logger)
        self._times = 0

    async def refresh(self) -> None:
        """Have them read again if one has changed.

        That is when it looks the same twice, so that none is read while it is written. What cannot
        be used is tried each time, as rights may change without the file; the log is told once.
        """
        stamp = await asyncio.to_thread(stamp_of, self._paths)
        settled, self._seen = stamp == self._seen, stamp
        if stamp == self._read_as or not settled:
            return
        try:
            await self._read()
        except SettingsError as error:
            self._refuse(stamp, error)
            return
        self._read_as, self._refused = stamp, None
        self._times += 1
        self._logger.info("keys read again", times=self._times)

    def _refuse(self, stamp: Stamp, error: SettingsError) -> None:
        refused = (stamp, error.reason)
        if refused == self._refused:
            return
        self._refused = refused
        self._logger.error(
            "keys not read again, those that were read before go on",
            reason=error.reason,
            hint=error.hint or "correct the file; it is tried again every few seconds",
        )

    @asynccontextmanager
    async def watched(self, seconds: float) -> AsyncIterator[None]:
        """Look at them every so many seconds until the context ends; not at all without any."""
        if not self._paths:
            yield
            return
        async with running(self._watch(seconds)):
            yield

    async def _watch(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
