"""A key that somebody else has to unwrap first: closed until then, and another one later on."""

from collections.abc import Callable

from configserver.encryption import Cipher
from configserver.errors import KeyUnavailable


class WrappedKey:
    """A cipher that stands for the key that was unwrapped last. Safe to use from several threads.

    Args:
        unavailable: says why the key is not there.

    Attributes:
        cipher: the key, None until it is there.
    """

    def __init__(self, unavailable: Callable[[], KeyUnavailable]) -> None:
        self._unavailable = unavailable
        self.cipher: Cipher | None = None

    @property
    def can_decrypt(self) -> bool:
        """Whether the private half is there; True also for a key that is to come."""
        return self.cipher is None or self.cipher.can_decrypt

    @property
    def public_key(self) -> str | None:
        """See Cipher.

        Raises:
            KeyUnavailable: it is not there yet.
        """
        return self._opened().public_key

    def encrypt(self, text: str) -> str:
        """See Cipher.

        Raises:
            KeyUnavailable: it is not there yet.
            Unencryptable: the text is no Unicode text.
        """
        return self._opened().encrypt(text)

    def decrypt(self, text: str) -> str:
        """See Cipher.

        Raises:
            KeyUnavailable: it is not there yet.
            Undecryptable: as Cipher says.
        """
        return self._opened().decrypt(text)

    def _opened(self) -> Cipher:
        if self.cipher is None:
            raise self._unavailable()
        return self.cipher
