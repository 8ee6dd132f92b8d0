"""The keys of a running server: installed at the start, read again when their files change."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from configserver.app.installed import Installed, key_files
from configserver.encryption import Cipher, NoSuchKey, Undecryptable
from configserver.encryption.markers import CIPHER, encryptor_keys, strip_prefix
from configserver.errors import SettingsError
from configserver.logs import get_logger
from configserver.settings import Settings

CHECK_SECONDS: Final = 10.0
"""How often it is looked whether a key file has changed."""

_Stamp = tuple[tuple[int, int, int] | None, ...]
"""Time, size and number of each file, None for one that is not there."""

_logger = get_logger("configserver.encryption")


class Keys:
    """What finds keys for as long as the server runs; safe to ask from threads.

    Args:
        settings: where the keys are.
        installed: what was read of them.
        stamp: of their files before they were read.
    """

    def __init__(self, settings: Settings, installed: Installed, stamp: _Stamp) -> None:
        self._settings = settings
        self._installed = installed
        self._read = self._seen = stamp
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """How often the keys were read again."""
        return self._epoch

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """See Locator."""
        locator = self._installed.locator
        if locator is None:
            raise NoSuchKey("no key is set")
        return locator.locate(prefixes, application=application)

    def name_for(self, application: str) -> str | None:
        """Return the name of the key that new texts of an application are made with, if any."""
        return self._installed.name_for(application)

    async def watch(self, seconds: float) -> None:
        """Read the keys again whenever one of their files has changed, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()

    async def refresh(self) -> None:
        """Read the keys again if a file has changed; what cannot be used changes nothing.

        A file is read when it looks the same twice, so that none is read while it is written.
        """
        stamp = await asyncio.to_thread(_stamp, self._settings)
        settled, self._seen = stamp == self._seen, stamp
        if stamp == self._read or not settled:
            return
        self._read = stamp
        try:
            self._installed = await asyncio.to_thread(_install, self._settings)
        except SettingsError as error:
            refused = {"reason": error.reason, "hint": error.hint}
            _logger.error("keys not read again", **refused)  # noqa: TRY400 - no fault of ours
            return
        self._epoch += 1
        _logger.info("keys read again", times=self._epoch)
        _log_notes(self._installed)


@asynccontextmanager
async def open_keys(
    settings: Settings, check_seconds: float = CHECK_SECONDS
) -> AsyncIterator[Keys | None]:
    """Install the keys, and watch their files until the context ends; None without keys.

    Raises:
        SettingsError: a key that cannot be used.
    """
    stamp = await asyncio.to_thread(_stamp, settings)
    installed = await asyncio.to_thread(_install, settings)
    _log_notes(installed)
    if installed.locator is None:
        yield None
        return
    keys = Keys(settings, installed, stamp)
    watching = asyncio.create_task(keys.watch(check_seconds)) if stamp else None
    try:
        yield keys
    finally:
        if watching is not None:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


def unlock(settings: Settings) -> Callable[[str], str]:
    """Return what decrypts the server's own settings; see `configserver.settings.unlock`.

    Raises:
        SettingsError: a key that cannot be used.
    """
    locator = _install(settings).locator

    def decrypt(text: str) -> str:
        if locator is None:
            raise ValueError("no key is set")
        cipher = text.removeprefix(CIPHER)
        prefixes = encryptor_keys("application", "default", cipher)
        try:
            return locator.locate(prefixes).decrypt(strip_prefix(cipher))
        except (Undecryptable, NoSuchKey) as problem:
            raise ValueError(f"{problem}") from None

    return decrypt


def _install(settings: Settings) -> Installed:
    if not settings.has_keys and settings.encrypt.key is None:
        return Installed(None)
    # A server without keys starts sooner without all that reads them.
    from configserver.app.keys import install  # noqa: PLC0415

    return install(settings)


def _stamp(settings: Settings) -> _Stamp:
    return tuple(_stamp_of(Path(path)) for path in key_files(settings))


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _log_notes(installed: Installed) -> None:
    for setting, reason in installed.notes:
        _logger.warning("key", setting=setting, reason=reason)
