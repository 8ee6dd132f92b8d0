"""What a key store holds, whatever its format: keys with passwords of their own, certificates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from configserver.encryption import BadKey, NoSuchKey, WrongSecret
from configserver.encryption.der import EXPLICIT_0, Node


class KeyPair(NamedTuple):
    """An RSA key; the private half is missing where there is only a certificate."""

    public: RSAPublicKey
    private: RSAPrivateKey | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One alias of a key store.

    Attributes:
        certificate: X.509 in DER, or None.
        unlock: returns the key as PKCS#8 in DER, or None if the password is wrong; None where the
            entry is only a certificate.
    """

    certificate: bytes | None
    unlock: Callable[[str], bytes | None] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyStore:
    """Entries by their alias in lower case; blanks belong to an alias."""

    entries: Mapping[str, Entry] = field(repr=False)

    def pair(self, alias: str, secret: str) -> KeyPair:
        """Return the pair of keys of an alias in any case.

        Raises:
            NoSuchKey: no entry by that alias, or not of RSA.
            WrongSecret: the password is another one.
        """
        entry = self.entries.get(alias.lower())
        if entry is None:
            raise NoSuchKey(f"the key store has no entry by the alias {alias!r}")
        private = None if entry.unlock is None else _private(entry.unlock, secret, alias)
        return KeyPair(_public(entry.certificate, private, alias), private)


def rsa_private(data: bytes) -> RSAPrivateKey:
    """Return an RSA key from PKCS#1 or PKCS#8 in DER.

    Raises:
        BadKey: it is broken, or of another kind.
    """
    try:
        key = load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("the private key cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("the private key is not of RSA")
    return key


def _private(unlock: Callable[[str], bytes | None], secret: str, alias: str) -> RSAPrivateKey:
    try:
        data = unlock(secret)
        if data is not None:
            return rsa_private(data)
    except BadKey as problem:
        raise NoSuchKey(f"the key store's entry {alias!r}: {problem}") from None
    except (ValueError, IndexError):  # not the parts that it should have
        raise NoSuchKey(f"the key store's entry {alias!r} is damaged") from None
    raise WrongSecret(f"the password of the key {alias!r} in the key store is wrong")


def _public(certificate: bytes | None, private: RSAPrivateKey | None, alias: str) -> RSAPublicKey:
    """Return the public half: the private key's own, which its certificate only repeats."""
    if private is not None:
        return private.public_key()
    try:
        key = load_der_public_key(_subject_key(certificate or b""))
    except (BadKey, ValueError, IndexError, UnsupportedAlgorithm):
        raise NoSuchKey(f"the certificate of {alias!r} in the key store cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise NoSuchKey(f"the certificate of {alias!r} in the key store is not of RSA")
    return key


def _subject_key(certificate: bytes) -> bytes:
    """Return the key in an X.509 certificate, whatever else in it is odd, expired or unknown."""
    fields = Node.of(certificate).parts()[0].parts()
    has_version = fields[0].tag == EXPLICIT_0
    return fields[5 + has_version].whole
