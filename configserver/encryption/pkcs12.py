"""PKCS#12 key stores with any number of aliases, as Java reads them; DER alone.

`cryptography` opens one key of a file. Java's stores hold several, each with a password that may
be its own, and certificates that are entries of their own.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, load_pkcs12

from configserver.encryption import BadKey
from configserver.encryption.der import EXPLICIT_0, IMPLICIT_0, SEQUENCE, Node
from configserver.encryption.pbe import PASSWORD_MAC, RC2_40, decrypt_pbe, derive, iterations_of
from configserver.encryption.stores import Entry, KeyStore

_WRONG: Final = "the password of the key store is wrong, or the file is damaged"
_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
_KEY: Final = "1.2.840.113549.1.12.10.1.1"
_SHROUDED_KEY: Final = "1.2.840.113549.1.12.10.1.2"
_CERTIFICATE: Final = "1.2.840.113549.1.12.10.1.3"
_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_LOCAL_KEY: Final = "1.2.840.113549.1.9.21"
_TRUSTED: Final = "2.16.840.1.113894.746875.1.1"
_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@dataclass(frozen=True, slots=True)
class _Bag:
    """A key or a certificate, and what the file says of it."""

    kind: str
    content: bytes
    name: str | None = None
    local_key: bytes | None = None
    trusted: bool = False


def read_pkcs12(data: bytes, password: str) -> KeyStore:
    """Read a key store; the keys in it stay locked.

    Raises:
        BadKey: the password is wrong, the file is damaged, or protected in an unknown way.
    """
    try:
        return KeyStore(_entries(list(_bags(data, password))))
    except (ValueError, IndexError):
        raise BadKey("the file is no key store that can be read: neither JKS nor PKCS#12") from None


def _bags(data: bytes, password: str) -> Iterator[_Bag]:
    parts = Node.of(data).expect(SEQUENCE).parts()
    kind, content = parts[1].parts()
    if kind.object_id != _DATA:
        raise BadKey("the key store is protected by a signature in place of a password")
    safe = _inner(content).octets
    if len(parts) > 2:
        _check_mac(parts[2], safe, password)
    for info in Node.of(safe).expect(SEQUENCE).parts():
        kind, content = info.parts()
        inner = _inner(content)
        if kind.object_id == _DATA:
            yield from _contents(inner.octets)
            continue
        if kind.object_id != _ENCRYPTED_DATA:
            raise BadKey("the key store has a part that is protected in an unknown way")
        _, algorithm, hidden = inner.parts()[1].parts()
        if algorithm.parts()[0].object_id == RC2_40:
            yield from _certificates(data, password)
            continue
        plain = decrypt_pbe(algorithm, hidden.expect(IMPLICIT_0).content, password)
        if plain is None:
            raise BadKey(_WRONG)
        yield from _contents(plain)


def _inner(explicit: Node) -> Node:
    (node,) = explicit.expect(EXPLICIT_0).parts()
    return node


def _check_mac(mac: Node, safe: bytes, password: str) -> None:
    info, salt, *iterations = mac.parts()
    algorithm, expected = info.parts()
    digest = _DIGESTS.get(algorithm.parts()[0].object_id)
    if digest is None:
        raise BadKey("the key store is sealed in a way that is unknown here")
    key = derive(
        password,
        salt.octets,
        iterations_of(iterations[0]) if iterations else 1,
        use=PASSWORD_MAC,
        size=len(expected.octets),
        digest=digest,
    )
    if not hmac.compare_digest(hmac.digest(key, safe, digest), expected.octets):
        raise BadKey(_WRONG)


def _contents(data: bytes) -> Iterator[_Bag]:
    for bag in Node.of(data).expect(SEQUENCE).parts():
        kind, content, *attributes = bag.parts()
        inner = _inner(content)
        match kind.object_id:
            case oid if oid == _CERTIFICATE:
                found = _inner(inner.parts()[1]).octets
            case oid if oid in {_KEY, _SHROUDED_KEY}:
                found = inner.whole
            case _:
                continue  # secret keys, revocations: no use here
        known = {}
        for attribute in attributes[0].parts() if attributes else ():
            name, values = attribute.parts()
            known[name.object_id] = values.parts()[0].content if values.content else b""
        friendly = known.get(_FRIENDLY_NAME)
        yield _Bag(
            kind.object_id,
            found,
            None if friendly is None else friendly.decode("utf-16-be"),
            known.get(_LOCAL_KEY),
            _TRUSTED in known,
        )


def _certificates(data: bytes, password: str) -> Iterator[_Bag]:
    """Have `cryptography` open what is under RC2, and miss whose each certificate is."""
    try:
        store = load_pkcs12(data, password.encode())
    except ValueError:
        return  # a key has a password of its own; each has its public half within
    for found in (store.cert, *store.additional_certs):
        if isinstance(found, PKCS12Certificate) and found.friendly_name is not None:
            content = found.certificate.public_bytes(Encoding.DER)
            yield _Bag(_CERTIFICATE, content, found.friendly_name.decode(), None, trusted=True)


def _entries(bags: list[_Bag]) -> dict[str, Entry]:
    """Take keys with their certificates, then trusted certificates of other names."""
    unnamed = count(1)
    certificates = [bag for bag in bags if bag.kind == _CERTIFICATE]
    entries: dict[str, Entry] = {}
    for bag in bags:
        if bag.kind != _CERTIFICATE:
            alias = bag.name if bag.name is not None else str(next(unnamed))
            entries[alias.lower()] = Entry(_matching(bag, certificates), _lock(bag))
    for bag in certificates:
        if bag.trusted:
            alias = bag.name if bag.name is not None else str(next(unnamed))
            entries.setdefault(alias.lower(), Entry(bag.content, None))
    return entries


def _matching(key: _Bag, certificates: list[_Bag]) -> bytes | None:
    """Return the certificate of a key; without one, the key's own public half will do."""
    for bag in certificates:
        if key.local_key is not None and bag.local_key == key.local_key:
            return bag.content
    return None


def _lock(bag: _Bag) -> partial[bytes | None]:
    return partial(_plain if bag.kind == _KEY else _unlock, bag.content)


def _plain(key: bytes, password: str) -> bytes:
    del password
    return key


def _unlock(key: bytes, password: str) -> bytes | None:
    """Return the key, or None if the password is wrong.

    Raises:
        BadKey: it is protected in an unknown way.
    """
    algorithm, hidden = Node.of(key).expect(SEQUENCE).parts()
    plain = decrypt_pbe(algorithm, hidden.octets, password)
    # By chance, one wrong password in 256 leaves what looks like padding.
    return plain if plain is not None and plain[:1] == bytes([SEQUENCE]) else None
