"""A wrapped key: unwrapped at the start, else again and again, and then kept in memory only."""

import asyncio
from contextlib import suppress
from random import uniform
from secrets import token_bytes
from time import monotonic
from typing import Final

from configserver.app.keys.install import notes_on
from configserver.app.keys.installed import Status
from configserver.encryption import BadKey, Cipher
from configserver.encryption.pem import key_of_text
from configserver.encryption.wrapped import WrappedKey
from configserver.errors import KeyUnavailable
from configserver.kms import KeyService, Refused, Trouble, Unreachable, key_text
from configserver.logs import get_logger

SLOW: Final = 300.0
"""Seconds between tries if the service says no."""

_SOON: Final = (1.0, 60.0)
"""Seconds until the second try of a service that does not answer, and the most between tries."""

_logger = get_logger("configserver.encryption")


class Wrapped:
    """One key: asks its service until it is there, and again when its text changes.

    Args:
        name: of the key.
        service: that unwraps it, and the service's name.
        salt: of the key.
        text: what the service wrapped.
        gate: how many keys ask at the same time.

    Attributes:
        key: the cipher.
        arrivals: how often a key came.
        tried: set after the first try.
    """

    def __init__(
        self,
        name: str,
        service: tuple[str, KeyService],
        *,
        salt: str,
        text: str,
        gate: asyncio.Semaphore,
    ) -> None:
        self.key = WrappedKey(self._unavailable)
        self.arrivals = 0
        self.tried = asyncio.Event()
        self._name = name
        self._service_name, self._service = service
        self._salt = salt
        self._text = text
        self._gate = gate
        self._trouble: Trouble | None = None
        self._failures = 0
        self._next = 0.0
        self._task = asyncio.create_task(self._ask_until_there())

    @property
    def status(self) -> Status:
        """What is known of it."""
        waits = not self._task.done() and self._trouble is not None
        return Status(
            self._name,
            self._service_name,
            is_there=self.key.cipher is not None,
            trouble=self._trouble,
            failures=self._failures,
            retry_in=max(0.0, self._next - monotonic()) if waits else None,
        )

    async def change(self, text: str) -> None:
        """Unwrap another text from now on; the key stays as it is until that is done."""
        if text != self._text:
            await self.stop()
            self._text = text
            self._failures = 0
            self._task = asyncio.create_task(self._ask_until_there())

    async def stop(self) -> None:
        """Ask no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _ask_until_there(self) -> None:
        found = await self._found()
        while found is None:
            await asyncio.sleep(self._next - monotonic())
            found = await self._found()
        self.key.cipher, notes = found
        self.arrivals += 1  # after the key: what was made without it holds no longer
        self._trouble = None
        _logger.info("key unwrapped", key=self._name, service=self._service_name)
        for reason in notes:
            _logger.warning("key", setting=f"configserver.encrypt.keys.{self._name}", reason=reason)
        self.tried.set()

    async def _found(self) -> tuple[Cipher, list[str]] | None:
        """Return the key and notes on it, or None and the time of the next try."""
        try:
            async with self._gate:
                plain = await self._service.unwrap(self._text)
            return await asyncio.to_thread(_key, plain, self._salt)
        except Trouble as trouble:
            self._failed(trouble)
        except Exception as error:  # noqa: BLE001 - whatever it is, the key is still wanted
            reason = f"an unexpected {type(error).__name__}"
            self._failed(Unreachable(reason, "report it as a fault of the server"))
        return None

    def _failed(self, trouble: Trouble) -> None:
        first, most = _SOON
        seconds = SLOW if isinstance(trouble, Refused) else min(first * 2**self._failures, most)
        seconds *= uniform(0.75, 1.25)  # noqa: S311 - keeps many servers from asking at once
        self._failures = min(self._failures + 1, 1000)
        self._trouble = trouble
        self._next = monotonic() + seconds
        _logger.warning(
            "key not unwrapped",
            key=self._name,
            service=self._service_name,
            reason=trouble.reason,
            hint=trouble.hint,
            failures=self._failures,
            retry_in=round(seconds, 1),
        )
        self.tried.set()

    def _unavailable(self) -> KeyUnavailable:
        status = self.status
        why = status.trouble.reason if status.trouble else "it has not answered yet"
        when = "" if status.retry_in is None else f" in {status.retry_in + 1:.0f} s"
        return KeyUnavailable(
            f"the key '{self._name}' is not there yet: {why}",
            hint=f"the service '{self._service_name}' is asked again{when}",
        )


def _key(plain: bytes, salt: str) -> tuple[Cipher, list[str]]:
    """Return the key of what was unwrapped, and what the operator should know about it.

    Raises:
        Refused: it is no key.
    """
    text = key_text(plain)
    try:
        found = key_of_text(text, salt, token_bytes)
    except BadKey as problem:
        why = str(problem).removeprefix("encrypt.key").lstrip(": ")
        raise Refused(f"what was unwrapped is no key: {why}", "wrap the right key") from None
    return found.cipher, [reason for _, reason in notes_on("", text, found.note)]
