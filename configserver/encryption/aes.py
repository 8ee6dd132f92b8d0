"""AES-256 as Spring Security frames it: a key from a password, IV first, CBC or GCM.

CBC has no tag: a changed text may decrypt to another text. GCM notices each changed bit.
"""

from binascii import Error, unhexlify
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from configserver.encryption import BadKey, RandomBytes, TooShort, Undecryptable, Unencryptable

IV_BYTES: Final = 16
"""Of CBC and of GCM, where twelve are usual: Spring takes a block for both."""

_TAG_BYTES: Final = 16
_BLOCK_BITS: Final = 128
_ITERATIONS: Final = 1024
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Aes:
    """An AES-256 key, and whether its texts carry a tag (GCM) or not (CBC)."""

    key: bytes = field(repr=False)
    gcm: bool

    def seal(self, text: str, random: RandomBytes) -> bytes:
        """Return IV and cipher, and with GCM the tag.

        Raises:
            Unencryptable: the text is no Unicode text.
        """
        plain = encoded(text)
        iv = random(IV_BYTES)
        if self.gcm:
            return iv + AESGCM(self.key).encrypt(iv, plain, None)
        padder = PKCS7(_BLOCK_BITS).padder()
        padded = padder.update(plain) + padder.finalize()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor()
        return iv + encryptor.update(padded) + encryptor.finalize()

    def open(self, sealed: bytes) -> str:
        """Return the text.

        Raises:
            Undecryptable: of another key, changed or cut.
        """
        if len(sealed) < IV_BYTES + (_TAG_BYTES if self.gcm else 0):
            raise TooShort
        iv, body = sealed[:IV_BYTES], sealed[IV_BYTES:]
        return self._open_gcm(iv, body) if self.gcm else self._open_cbc(iv, body)

    def _open_gcm(self, iv: bytes, body: bytes) -> str:
        try:
            return AESGCM(self.key).decrypt(iv, body, None).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise Undecryptable from None

    def _open_cbc(self, iv: bytes, body: bytes) -> str:
        """Read content whatever the padding says, so that neither can be told from the other.

        The unpadder looks at each byte of the last block whether or not one before was wrong.
        A body of no blocks is refused.
        """
        if not body or len(body) % IV_BYTES:
            raise Undecryptable
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).decryptor()
        padded = decryptor.update(body) + decryptor.finalize()
        plain = _unpadded(padded)
        text = _decoded(padded if plain is None else plain)
        if plain is None or text is None:
            raise Undecryptable
        return text


def aes_of(password: str, salt: bytes, *, gcm: bool) -> Aes:
    """Return the key that Spring makes of a password: PBKDF2, about half a millisecond.

    Cryptography's own takes half the time of `hashlib`'s, and lets other threads run as well.
    """
    derived = PBKDF2HMAC(SHA1(), _KEY_BYTES, salt, _ITERATIONS)  # noqa: S303 - as Spring does
    return Aes(derived.derive(encoded(password)), gcm)


def salt_of(digits: str, setting: str) -> bytes:
    """Return the bytes of a salt in hex.

    Raises:
        BadKey: it is none; the message names the setting.
    """
    salt = unhexed(digits)
    if not salt:
        raise BadKey(f"{setting} must be an even number of hex digits, and at least two")
    return salt


def unhexed(digits: str) -> bytes | None:
    """Return the bytes of hex digits in either case, or None: no blanks, no line ends."""
    try:
        return unhexlify(digits)
    except (Error, ValueError):
        return None


def encoded(text: str) -> bytes:
    """Return a text in UTF-8.

    Raises:
        Unencryptable: it cannot be written so. The error has no cause, which would hold the text.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unencryptable from None


def _unpadded(padded: bytes) -> bytes | None:
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None


def _decoded(plain: bytes) -> str | None:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return None
