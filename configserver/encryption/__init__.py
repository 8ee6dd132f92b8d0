"""Spring's ciphers: the port to keys, and the errors of those who have none or the wrong one; pure.

Texts of any length up to a limit of the caller's; random bytes are passed in by whoever makes a
cipher, so that everything here can be tested to the byte.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Returns that many bytes that nobody can guess: `secrets.token_bytes` outside of tests."""


class Undecryptable(Exception):
    """A text that a key did not make, or that was changed or cut since; says nothing of either."""


class NoSuchKey(Exception):
    """No key by that alias, or one whose secret is another; the message names the alias at most."""


class BadKey(Exception):
    """A key, key store or salt that cannot be used; the message says why and holds no secret."""


class Cipher(Protocol):
    """One key, or pair of keys, with its way of encrypting. Safe to use from several threads."""

    @property
    def can_decrypt(self) -> bool:
        """Whether the private half is there."""

    @property
    def public_key(self) -> str | None:
        """The public half as OpenSSH writes it, `ssh-rsa AAAA…` without a comment; or None."""

    def encrypt(self, text: str) -> str:
        """Return the cipher text, without any `{…}` before it."""

    def decrypt(self, text: str) -> str:
        """Return the plain text of what `encrypt` returned.

        Raises:
            Undecryptable: whatever is wrong with it, always the same.
        """


class Locator(Protocol):
    """Where ciphers are found for texts and their prefixes."""

    def locate(self, prefixes: Mapping[str, str]) -> Cipher:
        """Return the cipher for the prefixes of a text: `key`, `secret`, `name`, `profiles`.

        Raises:
            NoSuchKey: they name none.
        """
