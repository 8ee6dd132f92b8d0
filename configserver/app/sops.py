"""Files of SOPS in a running server: opened with the keys that are set, or named in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from configserver.errors import InvalidFile, SettingsError
from configserver.formats.cache import Opener
from configserver.logs import get_logger
from configserver.settings.modes import readers_of
from configserver.settings.sops import SopsSettings
from configserver.sops.identities import Identities
from configserver.sops.recognise import store_of

CHECK_SECONDS: Final = 10.0
"""How often it is looked whether a file of keys has changed."""

_KNOWN: Final = 1000
"""Files that are remembered as named in the log."""

_Stamp = tuple[tuple[int, int, int] | None, ...]
"""Time, size and number of each file, None for one that is not there."""

_logger = get_logger("configserver.sops")


class Ignored:
    """The opener of a server without keys for SOPS: says once of each such file that there is one.

    It is served as it is, as the original would.
    """

    epoch = None

    def __init__(self) -> None:
        self._said: LRUCache[str, bool] = LRUCache(_KNOWN)

    def open(self, path: str, data: bytes) -> None:
        """See Opener; a race between threads only repeats a line in the log."""
        if store_of(path, data) is not None and path not in self._said:
            self._said[path] = True
            _logger.warning(
                "a file is encrypted with SOPS and served as it is",
                file=path,
                hint="set configserver.sops.age-key-file or configserver.sops.pgp-key-file",
            )


class SopsFiles:
    """Opens files of SOPS for as long as the server runs.

    Args:
        settings: where the private keys are.

    Raises:
        SettingsError: a key that cannot be used.
    """

    def __init__(self, settings: SopsSettings) -> None:
        self._settings = settings
        self._read = self._seen = stamp_of(settings)
        self._installed: tuple[Identities, object] = (_install(settings), object())
        # A server without such keys starts sooner without all that opens files.
        from configserver.sops.opening import opened  # noqa: PLC0415

        self._opened = opened

    @property
    def epoch(self) -> object:
        """See Opener."""
        return self._installed[1]

    def open(self, path: str, data: bytes) -> bytes | None:
        """See Opener."""
        store = store_of(path, data)
        if store is None:
            return None
        try:
            return self._opened(store, data, self._installed[0])
        except InvalidFile as error:
            raise error.at(path=path) from None

    async def watch(self, seconds: float) -> None:
        """Read the keys again whenever one of their files has changed, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()

    async def refresh(self) -> None:
        """Read the keys again if a file has changed; what cannot be used changes nothing.

        A file is read when it looks the same twice, so that none is read while it is written.
        """
        stamp = await asyncio.to_thread(stamp_of, self._settings)
        settled, self._seen = stamp == self._seen, stamp
        if stamp == self._read or not settled:
            return
        self._read = stamp
        try:
            identities = await asyncio.to_thread(_install, self._settings)
        except SettingsError as error:
            refused = {"reason": error.reason, "hint": error.hint}
            _logger.error("keys not read again", **refused)  # noqa: TRY400 - no fault of ours
            return
        self._installed = (identities, object())
        _logger.info("keys read again")


def opener_of(settings: SopsSettings) -> SopsFiles | Ignored:
    """Return what opens files with the keys that are set, or none.

    Raises:
        SettingsError: a key that cannot be used.
    """
    return SopsFiles(settings) if settings.is_set else Ignored()


@asynccontextmanager
async def open_sops(
    settings: SopsSettings, check_seconds: float = CHECK_SECONDS
) -> AsyncIterator[Opener]:
    """Read the keys, and watch their files until the context ends.

    Raises:
        SettingsError: a key that cannot be used.
    """
    opener = await asyncio.to_thread(opener_of, settings)
    if not isinstance(opener, SopsFiles):
        yield opener
        return
    watching = asyncio.create_task(opener.watch(check_seconds))
    try:
        yield opener
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def stamp_of(settings: SopsSettings) -> _Stamp:
    """Return what tells of changes of the files of keys."""
    return tuple(_stamp(Path(path)) for path in (*settings.age_key_file, *settings.pgp_key_file))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _install(settings: SopsSettings) -> Identities:
    # The libraries take a tenth of a second to import.
    from configserver.app.identities import install  # noqa: PLC0415

    identities = install(settings)
    files = {"age-key-file": settings.age_key_file, "pgp-key-file": settings.pgp_key_file}
    for name, path in ((name, path) for name, paths in files.items() for path in paths):
        if found := readers_of(Path(path)):
            _logger.warning("key", setting=f"configserver.sops.{name}", reason=found)
    return identities
