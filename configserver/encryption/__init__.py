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

    def __init__(self) -> None:
        super().__init__("the text is no cipher of this key")


class TooShort(Undecryptable):
    """A text with less bytes than any cipher has, whatever the key; the length is no secret."""


class Unencryptable(Exception):
    """A text that is no Unicode text: a half of a surrogate pair has no bytes in UTF-8."""

    def __init__(self) -> None:
        super().__init__("the text cannot be written in UTF-8")


class NoSuchKey(Exception):
    """No key by that alias, or one whose secret is another; the message names the alias at most."""


class WrongSecret(NoSuchKey):
    """A key by that alias is there, but its password is not the one given."""


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
        """Return the cipher text, without any `{…}` before it.

        Raises:
            Unencryptable: the text is no Unicode text.
        """

    def decrypt(self, text: str) -> str:
        """Return the plain text of what `encrypt` returned.

        Raises:
            Undecryptable: whatever is wrong with it, always the same; `TooShort` where no key
                could have made it.
        """


class Locator(Protocol):
    """Where ciphers are found for texts and their prefixes."""

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """Return the cipher for a text.

        Args:
            prefixes: of the text: `key`, `secret`, `name`, `profiles`, others are ignored.
            application: who the text is for, as asked, so several may stand there with commas;
                never taken from a text. None where it is the `name` of the prefixes.

        Raises:
            NoSuchKey: they name none; `WrongSecret` where only the secret is wrong.
        """
