"""The keys of a running server: installed at the start, read again when their files change."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from configserver.app.keys.files import CHECK_SECONDS, KeyFiles, Stamp, stamp_of
from configserver.app.keys.installed import Installed, Status, Wrapped, has_wrapped, key_files
from configserver.encryption import Cipher, NoSuchKey, Undecryptable
from configserver.encryption.markers import CIPHER, encryptor_keys, strip_prefix
from configserver.errors import KeyUnavailable
from configserver.logs import get_logger
from configserver.settings import Settings

_LOG: Final = "configserver.encryption"
_logger = get_logger(_LOG)


class Keys:
    """What finds keys for as long as the server runs; safe to ask from threads.

    `refresh` and `watched` are those of KeyFiles.

    Args:
        settings: where the keys are.
        installed: what was read of them.
        stamp: of their files before they were read.
        wrapped: those that a service unwraps.
    """

    def __init__(
        self,
        settings: Settings,
        installed: Installed,
        stamp: Stamp,
        wrapped: Wrapped | None = None,
    ) -> None:
        self._settings = settings
        self._wrapped = wrapped
        self._installed = installed
        self._epoch = 0
        self._files = KeyFiles(key_files(settings), stamp, read=self._read, logger=_LOG)
        self.refresh = self._files.refresh
        self.watched = self._files.watched

    @property
    def epoch(self) -> int:
        """How often the keys were read again, or came from a service."""
        return self._epoch + (self._wrapped.arrivals if self._wrapped else 0)

    def wrapped(self) -> Sequence[Status]:
        """Return what is known of the keys that a service unwraps."""
        return self._wrapped.statuses() if self._wrapped else ()

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """See Locator."""
        locator = self._installed.locator
        if locator is None:
            raise NoSuchKey("no key is set")
        return locator.locate(prefixes, application=application)

    def name_for(self, application: str) -> str | None:
        """Return the name of the key that new texts of an application are made with, if any."""
        return self._installed.name_for(application)

    async def _read(self) -> None:
        if self._wrapped:
            await self._wrapped.refresh()
        self._installed = await asyncio.to_thread(_install, self._settings, self._wrapped)
        self._epoch += 1
        _log_notes(self._installed)


@asynccontextmanager
async def open_keys(
    settings: Settings, check_seconds: float = CHECK_SECONDS
) -> AsyncIterator[Keys | None]:
    """Install the keys, and watch their files until the context ends; None without keys.

    Raises:
        SettingsError: a key that cannot be used.
    """
    stamp = await asyncio.to_thread(stamp_of, key_files(settings))
    async with _wrapped(settings) as wrapped:
        installed = await asyncio.to_thread(_install, settings, wrapped)
        _log_notes(installed)
        if installed.locator is None:
            yield None
            return
        keys = Keys(settings, installed, stamp, wrapped)
        async with keys.watched(check_seconds):
            yield keys


@asynccontextmanager
async def _wrapped(settings: Settings) -> AsyncIterator[Wrapped | None]:
    if not has_wrapped(settings):
        yield None
        return
    # The client of a service takes its time to import.
    from configserver.app.keys.unwrapping import open_wrapped  # noqa: PLC0415

    async with open_wrapped(settings) as wrapped:
        yield wrapped


def unlock(settings: Settings) -> Callable[[str], str]:
    """Return what decrypts the server's own settings; see `configserver.settings.unlock`.

    Raises:
        SettingsError: a key that cannot be used.
    """
    locator = _install(settings, _unwrapped(settings)).locator

    def decrypt(text: str) -> str:
        if locator is None:
            raise ValueError("no key is set")
        cipher = text.removeprefix(CIPHER)
        prefixes = encryptor_keys("application", "default", cipher)
        try:
            return locator.locate(prefixes).decrypt(strip_prefix(cipher))
        except (Undecryptable, NoSuchKey, KeyUnavailable) as problem:
            raise ValueError(f"{problem}") from None

    return decrypt


def _unwrapped(settings: Settings) -> Wrapped | None:
    if not has_wrapped(settings):
        return None
    from configserver.app.keys.unwrapping import unwrapped  # noqa: PLC0415 - as above

    return unwrapped(settings)


def _install(settings: Settings, wrapped: Wrapped | None = None) -> Installed:
    if not settings.has_keys and settings.encrypt.key is None:
        return Installed(None)
    # A server without keys starts sooner without all that reads them.
    from configserver.app.keys.install import install  # noqa: PLC0415

    return install(settings, wrapped=wrapped.ciphers if wrapped else {})


def _log_notes(installed: Installed) -> None:
    for setting, reason in installed.notes:
        _logger.warning("key", setting=setting, reason=reason)
