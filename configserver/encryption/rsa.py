"""Texts for a pair of RSA keys: what Spring makes of key stores and PEM keys.

Each text has a key of its own: 16 random bytes, whose hex digits are the password of AES-256.
Length of E (two bytes), E = those 16 bytes under RSA, then IV and cipher; all of it in Base64.
"""

import struct
from base64 import b64decode, b64encode
from binascii import Error
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from configserver.encryption import BadKey, RandomBytes, Undecryptable
from configserver.encryption.aes import aes_of, encoded, unhexed

DEFAULT_SALT: Final = "deadbeef"
_SESSION_BYTES: Final = 16
_MIN_BITS: Final = 1024
_MAX_BITS: Final = 8192


class RsaAlgorithm(StrEnum):
    """How the key of a text is encrypted: `encrypt.rsa.algorithm`."""

    DEFAULT = "DEFAULT"
    OAEP = "OAEP"


class RsaCipher:
    """RSA for the key of each text, AES-256 for the text itself."""

    __slots__ = ("_gcm", "_padding", "_private", "_public", "_random", "_salt")

    def __init__(  # noqa: PLR0913 - the settings that make a cipher, by keyword
        self,
        public: RSAPublicKey,
        private: RSAPrivateKey | None,
        *,
        random: RandomBytes,
        algorithm: RsaAlgorithm = RsaAlgorithm.DEFAULT,
        salt: str = DEFAULT_SALT,
        strong: bool = False,
    ) -> None:
        """Take a pair of keys.

        Args:
            public: encrypts.
            private: decrypts, or None where the key is only to encrypt.
            random: gives the key and the IV of each text.
            algorithm: PKCS#1 v1.5, or OAEP with SHA-1.
            salt: hex digits, or else any text.
            strong: whether texts carry a tag (GCM) that notices each change.

        Raises:
            BadKey: the key is too small or too large, or the salt is empty.
        """
        if not _MIN_BITS <= public.key_size <= _MAX_BITS:
            raise BadKey(
                f"an RSA key has {_MIN_BITS} to {_MAX_BITS} bits, this one {public.key_size}"
            )
        self._public = public
        self._private = private
        self._random = random
        self._padding = _PADDINGS[algorithm]
        self._salt = rsa_salt(salt)
        self._gcm = strong

    @property
    def can_decrypt(self) -> bool:
        """Whether the private half is there."""
        return self._private is not None

    @property
    def public_key(self) -> str | None:
        """The public half as OpenSSH writes it."""
        return self._public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def encrypt(self, text: str) -> str:
        """Return Base64 on one line.

        Raises:
            Unencryptable: the text is no Unicode text.
        """
        session = self._random(_SESSION_BYTES)
        wrapped = self._public.encrypt(session, self._padding)
        body = aes_of(session.hex(), self._salt, gcm=self._gcm).seal(text, self._random)
        return b64encode(struct.pack(">H", len(wrapped)) + wrapped + body).decode()

    def decrypt(self, text: str) -> str:
        """Return the plain text of strict Base64, whose last `=` may be missing as in Java.

        A wrong key or a changed E costs what a right one does: recent versions of OpenSSL return
        random bytes for those anyway, mostly not 16 of them. Others stand in and cannot fit.

        Raises:
            Undecryptable: whatever is wrong with it, or the private half is missing.
        """
        if self._private is None:
            raise Undecryptable
        wrapped, body = _parts(text, self._public.key_size)
        session = self._unwrapped(self._private, wrapped)
        known = len(session) == _SESSION_BYTES
        password = (session if known else self._random(_SESSION_BYTES)).hex()
        plain = aes_of(password, self._salt, gcm=self._gcm).open(body)
        if not known:
            raise Undecryptable
        return plain

    def _unwrapped(self, private: RSAPrivateKey, wrapped: bytes) -> bytes:
        try:
            return private.decrypt(wrapped, self._padding)
        except ValueError:
            return b""


def rsa_salt(text: str) -> bytes:
    """Return the bytes of `encrypt.rsa.salt`: hex digits, or else the text in UTF-8.

    Raises:
        BadKey: there are none.
    """
    digits = unhexed(text)
    salt = encoded(text) if digits is None else digits
    if not salt:
        raise BadKey("encrypt.rsa.salt is empty")
    return salt


def _parts(text: str, bits: int) -> tuple[bytes, bytes]:
    """Return E and what follows it.

    Raises:
        Undecryptable: the text has not the shape that the key gives it.
    """
    try:
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        data = b64decode(padded, validate=True)
        (length,) = struct.unpack_from(">H", data)
    except (Error, ValueError, struct.error):
        raise Undecryptable from None
    if length != (bits + 7) // 8 or len(data) < 2 + length:
        raise Undecryptable
    return data[2 : 2 + length], data[2 + length :]


_PADDINGS: Final = {
    RsaAlgorithm.DEFAULT: PKCS1v15(),
    RsaAlgorithm.OAEP: OAEP(MGF1(SHA1()), SHA1(), None),  # noqa: S303 - what Java means by OAEP
}
