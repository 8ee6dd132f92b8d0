"""All wrapped keys of a ring: opened together, looked at again when their files change."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from configserver.app.keys.install import text_of_file
from configserver.app.keys.installed import Status
from configserver.app.keys.services import key_service, service_notes
from configserver.app.keys.wrapped import Wrapped
from configserver.encryption.wrapped import WrappedKey
from configserver.kms import KeyService
from configserver.logs import get_logger
from configserver.settings import Settings

START_SECONDS: Final = 10.0
"""How long a start waits for keys; what they encrypted is 503 until they are there."""

COMMAND_SECONDS: Final = 120.0
"""How long a command waits for keys, each of which has the time limit of its service."""

AT_ONCE: Final = 8
"""Keys that are unwrapped at the same time."""

_LOGGER: Final = "configserver.encryption"

_logger = get_logger(_LOGGER)


class WrappedKeys:
    """All wrapped keys of a ring, by their names."""

    def __init__(self, settings: Settings, keys: Mapping[str, Wrapped]) -> None:
        self._settings = settings
        self._keys = keys

    @property
    def ciphers(self) -> Mapping[str, WrappedKey]:
        """The keys as ciphers, which are closed until they are there."""
        return {name: one.key for name, one in self._keys.items()}

    @property
    def arrivals(self) -> int:
        """How often a key came."""
        return sum(one.arrivals for one in self._keys.values())

    def statuses(self) -> list[Status]:
        """Return what is known of each."""
        return [one.status for one in self._keys.values()]

    async def refresh(self) -> None:
        """Look at the files of wrapped keys again.

        Raises:
            SettingsError: one cannot be read; nothing is changed.
        """
        texts = await asyncio.to_thread(_texts, self._settings)
        for name, text in texts.items():
            await self._keys[name].change(text)


@asynccontextmanager
async def open_wrapped(
    settings: Settings, seconds: float = START_SECONDS
) -> AsyncIterator[WrappedKeys]:
    """Have the wrapped keys of settings unwrapped; wait for the first tries, but not for long.

    Raises:
        SettingsError: a file or a service that cannot be used.
    """
    texts = await asyncio.to_thread(_texts, settings)
    ring = settings.ring
    services = await _services(settings, {ring.keys[name].kms or "" for name in texts})
    gate = asyncio.Semaphore(AT_ONCE)
    keys: dict[str, Wrapped] = {}
    for name, text in texts.items():
        kms = ring.keys[name].kms or ""
        salt = ring.keys[name].salt
        keys[name] = Wrapped(name, (kms, services[kms]), salt=salt, text=text, gate=gate)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(one.tried.wait() for one in keys.values()))
        yield WrappedKeys(settings, keys)
    finally:
        await asyncio.gather(*(one.stop() for one in keys.values()))


async def _services(settings: Settings, names: Iterable[str]) -> dict[str, KeyService]:
    """Return the services of some names, with a warning of what is wrong with one."""
    services: dict[str, KeyService] = {}
    for name in names:
        services[name] = await asyncio.to_thread(key_service, name, settings.ring.kms[name])
        for setting, reason in service_notes(name, services[name]):
            _logger.warning("key", setting=setting, reason=reason)
    return services


def unwrapped(settings: Settings) -> WrappedKeys:
    """Return the wrapped keys for a command, which asks for each of them once.

    Those that cannot be had stay closed; the command says why, so nothing is logged unless the
    program has set up a log.

    Raises:
        SettingsError: a file or a service that cannot be used.
    """
    logging.getLogger(_LOGGER).addHandler(logging.NullHandler())

    async def ask() -> WrappedKeys:
        async with open_wrapped(settings, COMMAND_SECONDS) as keys:
            return keys

    return asyncio.run(ask())


def _texts(settings: Settings) -> dict[str, str]:
    """Return what a service has to unwrap, by the names of the keys; reads files.

    Raises:
        SettingsError: a file that cannot be read.
    """
    found: dict[str, str] = {}
    for name, key in settings.ring.keys.items():
        if key.wrapped_key_file:
            setting = f"configserver.encrypt.keys.{name}.wrapped-key-file"
            found[name] = text_of_file(setting, key.wrapped_key_file).strip()
        elif key.wrapped_key:
            found[name] = key.wrapped_key.reveal().strip()
    return found
