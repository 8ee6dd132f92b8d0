"""Texts under one password: what Spring makes of `encrypt.key` and `encrypt.salt`."""

from configserver.encryption import BadKey, RandomBytes, Undecryptable, Unencryptable
from configserver.encryption.aes import IV_BYTES, aes_of, salt_of, unhexed


class SymmetricCipher:
    """AES-256 in hex; the key is derived once.

    With `gcm` each changed bit is noticed. Spring reads such texts with `Encryptors.delux`, but
    its server never does: it knows CBC alone for `encrypt.key`.
    """

    __slots__ = ("_aes", "_random")

    def __init__(self, password: str, salt: str, random: RandomBytes, *, gcm: bool = False) -> None:
        """Derive the key.

        Args:
            password: any text but the empty one.
            salt: hex digits, in either case.
            random: gives the bytes of each IV.
            gcm: make and read texts that notice changes, and no others.

        Raises:
            BadKey: no password, or a salt that is no hex.
        """
        if not password:
            raise BadKey("encrypt.key is empty")
        try:
            self._aes = aes_of(password, salt_of(salt, "encrypt.salt"), gcm=gcm)
        except Unencryptable:
            raise BadKey("encrypt.key cannot be written in UTF-8") from None
        self._random = random

    @property
    def can_decrypt(self) -> bool:
        """Always: there is one key for both directions."""
        return True

    @property
    def public_key(self) -> str | None:
        """Never one."""
        return None

    def encrypt(self, text: str) -> str:
        """Return lower-case hex of IV and cipher, and with GCM the tag.

        Raises:
            Unencryptable: the text is no Unicode text.
        """
        return self._aes.seal(text, self._random).hex()

    def decrypt(self, text: str) -> str:
        """Return the plain text of hex in either case.

        With CBC, an IV alone is the empty text, as Java takes it.

        Raises:
            Undecryptable: whatever is wrong with it.
        """
        sealed = unhexed(text)
        if sealed is None:
            raise Undecryptable
        if len(sealed) == IV_BYTES and not self._aes.gcm:
            return ""
        return self._aes.open(sealed)
