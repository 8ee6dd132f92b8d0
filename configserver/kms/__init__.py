"""Key management services: the port to what unwraps keys, and how that fails.

A *wrapped* key is one that a service encrypted with a key of its own, which never leaves it.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Final, Protocol

from configserver.secret import MASK

_SAID: Final = 200
"""Characters of what a service says that are passed on."""

_SECRET: Final = 8
"""Characters of a text that is worth being masked; shorter ones are names, and parts of words."""


class Trouble(Exception):
    """A service that did not do what it was asked.

    Attributes:
        reason: what went wrong, without any secret.
        hint: what to do about it.
    """

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Unreachable(Trouble):
    """It does not answer, or not yet: may pass by itself."""


class Refused(Trouble):
    """It says no, and will until somebody changes something."""


class KeyService(Protocol):
    """A service with a key that wraps others. Each call ends within the service's time limit."""

    async def unwrap(self, wrapped: str) -> bytes:
        """Return what was wrapped.

        Raises:
            Trouble: it cannot be had.
        """

    async def wrap(self, plain: bytes) -> str:
        """Return the text that `unwrap` takes.

        Raises:
            Trouble: it was not wrapped.
        """


def key_text(plain: bytes) -> str:
    """Return the text of a key that was unwrapped, as `encrypt.key` would hold it.

    One line end at the end does not count. Bytes that are no text, as data keys that a service
    made are, stand for their Base64.
    """
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return b64encode(plain).decode()
    return text.removesuffix("\n").removesuffix("\r")


def said(text: str, secrets: Iterable[str] = ()) -> str:
    """Return what a service says as it may be shown: short, on one line, without secrets."""
    for secret in secrets:
        if len(secret) >= _SECRET:
            text = text.replace(secret, MASK)
    return "".join(char if char.isprintable() else " " for char in text)[:_SAID].strip()
