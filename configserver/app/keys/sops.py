"""Files of SOPS in a running server: opened with the keys that are set, or named in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from configserver.app.keys.files import CHECK_SECONDS, KeyFiles, stamp_of
from configserver.errors import InvalidFile
from configserver.formats.cache import Opener
from configserver.logs import get_logger
from configserver.settings.modes import readers_of
from configserver.settings.sops import SopsSettings
from configserver.sops.identities import Identities
from configserver.sops.recognise import store_of

_KNOWN: Final = 1000
"""Files that are remembered as named in the log."""

_LOG: Final = "configserver.sops"
_logger = get_logger(_LOG)


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

    `refresh` and `watched` are those of KeyFiles.

    Args:
        settings: where the private keys are.

    Raises:
        SettingsError: a key that cannot be used.
    """

    def __init__(self, settings: SopsSettings) -> None:
        self._settings = settings
        paths = (*settings.age_key_file, *settings.pgp_key_file)
        files = KeyFiles(paths, stamp_of(paths), read=self._again, logger=_LOG)
        self.refresh = files.refresh
        self.watched = files.watched
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

    async def _again(self) -> None:
        self._installed = (await asyncio.to_thread(_install, self._settings), object())


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
    async with opener.watched(check_seconds):
        yield opener


def _install(settings: SopsSettings) -> Identities:
    # The libraries take a tenth of a second to import.
    from configserver.app.keys.identities import install  # noqa: PLC0415

    identities = install(settings)
    files = {"age-key-file": settings.age_key_file, "pgp-key-file": settings.pgp_key_file}
    for name, path in ((name, path) for name, paths in files.items() for path in paths):
        if found := readers_of(Path(path)):
            _logger.warning("key", setting=f"configserver.sops.{name}", reason=found)
    return identities
