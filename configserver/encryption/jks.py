"""Java's own key stores (JKS): Sun's format, whose key protection is weak but exactly known."""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from functools import partial
from typing import Final

from configserver.encryption import BadKey
from configserver.encryption.der import SEQUENCE, Node
from configserver.encryption.stores import Entry, KeyStore

MAGIC: Final = b"\xfe\xed\xfe\xed"
JCEKS_MAGIC: Final = b"\xce\xce\xce\xce"

_WHITENER: Final = b"Mighty Aphrodite"
_PROTECTOR: Final = "1.3.6.1.4.1.42.2.17.1.1"
_DIGEST: Final = hashlib.sha1  # what the format is made of
_DIGEST_BYTES: Final = 20
_PRIVATE_KEY: Final = 1
_CERTIFICATE: Final = 2
_VERSIONS: Final = (1, 2)


def read_jks(data: bytes, password: str) -> KeyStore:
    """Read a key store; the keys in it stay locked.

    Raises:
        BadKey: the password is wrong, or the file is damaged.
    """
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    found = _DIGEST(_wide(password) + _WHITENER + body).digest()
    if not hmac.compare_digest(found, digest):
        raise BadKey("the password of the key store is wrong, or the file is damaged")
    reader = _Reader(body, len(MAGIC))
    version, count = reader.number(), reader.number()
    if version not in _VERSIONS:
        raise BadKey(f"the key store has version {version} of JKS, which is unknown")
    entries: dict[str, Entry] = {}
    for _ in range(count):
        tag, alias = reader.number(), reader.text()
        reader.skip(8)  # when it was made
        entries[alias.lower()] = _entry(reader, tag, version)
    return KeyStore(entries)


def _entry(reader: "_Reader", tag: int, version: int) -> Entry:
    if tag == _CERTIFICATE:
        return Entry(_certificate(reader, version), None)
    if tag != _PRIVATE_KEY:
        raise BadKey(f"the key store has an entry of the unknown kind {tag}")
    protected = reader.block()
    chain = [_certificate(reader, version) for _ in range(reader.number())]
    return Entry(chain[0] if chain else None, partial(_unlock, protected))


def _certificate(reader: "_Reader", version: int) -> bytes:
    if version > 1:
        reader.text()  # X.509, always
    return reader.block()


def _unlock(protected: bytes, password: str) -> bytes | None:
    """Return the key, or None if the password is wrong: a stream of SHA-1 laid over it.

    Raises:
        BadKey: the key is protected in another way.
    """
    algorithm, encrypted = Node.of(protected).expect(SEQUENCE).parts()[:2]
    if algorithm.parts()[0].object_id != _PROTECTOR:
        raise BadKey("the key store protects its keys in an unknown way")
    data = encrypted.octets
    salt, body = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:-_DIGEST_BYTES]
    secret = _wide(password)
    stream = b""
    block = salt
    while len(stream) < len(body):
        block = _DIGEST(secret + block).digest()
        stream += block
    plain = bytes(a ^ b for a, b in zip(body, stream, strict=False))
    check = _DIGEST(secret + plain).digest()
    return plain if hmac.compare_digest(check, data[-_DIGEST_BYTES:]) else None


def _wide(password: str) -> bytes:
    return password.encode("utf-16-be", "surrogatepass")


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int

    def number(self) -> int:
        (number,) = struct.unpack(">i", self.take(4))
        return int(number)

    def text(self) -> str:
        """Return an alias in Java's own UTF-8, which writes large characters as two halves."""
        (length,) = struct.unpack(">H", self.take(2))
        raw = self.take(length).replace(b"\xc0\x80", b"\0")
        try:
            return (
                raw.decode("utf-8", "surrogatepass")
                .encode("utf-16", "surrogatepass")
                .decode("utf-16")
            )
        except UnicodeError:
            raise BadKey("the key store has an alias that cannot be read") from None

    def block(self) -> bytes:
        return self.take(self.number())

    def skip(self, count: int) -> None:
        self.take(count)

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise BadKey("the key store is damaged")
        start, self.at = self.at, self.at + count
        return self.data[start : self.at]
