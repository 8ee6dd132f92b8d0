"""Encryption under a password as PKCS#12 files have it: PBES2, and what came before it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from configserver.encryption import BadKey
from configserver.encryption.der import INTEGER, Node

RC2_40: Final = "1.2.840.113549.1.12.1.6"
"""What old Java protects certificates with; not opened here."""

PASSWORD_KEY: Final = 1
PASSWORD_IV: Final = 2
PASSWORD_MAC: Final = 3

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_SHA1_3DES: Final = "1.2.840.113549.1.12.1.3"
_HMACS: Final = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_MAX_ITERATIONS: Final = 5_000_000
"""As Java's own limit: a file cannot keep the server busy for minutes."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    make: Callable[[bytes], CipherAlgorithm]
    key_bytes: int


_SCHEMES: Final = {
    "2.16.840.1.101.3.4.1.2": _Scheme(AES, 16),
    "2.16.840.1.101.3.4.1.22": _Scheme(AES, 24),
    "2.16.840.1.101.3.4.1.42": _Scheme(AES, 32),
    "1.2.840.113549.3.7": _Scheme(TripleDES, 24),
}


def decrypt_pbe(algorithm: Node, data: bytes, password: str) -> bytes | None:
    """Return the plain bytes, or None if the password seems wrong.

    Raises:
        BadKey: the algorithm is unknown.
    """
    kind, parameters = algorithm.parts()[:2]
    match kind.object_id:
        case oid if oid == _PBES2:
            scheme, key, iv = _pbes2(parameters, password)
        case oid if oid == _SHA1_3DES:
            salt, count = parameters.parts()
            scheme = _Scheme(TripleDES, 24)
            made = [
                derive(password, salt.octets, iterations_of(count), use=use, size=size)
                for use, size in ((PASSWORD_KEY, 24), (PASSWORD_IV, 8))
            ]
            key, iv = made
        case oid:
            raise BadKey(f"the key store is encrypted in a way that is unknown here ({oid})")
    return _decrypt(scheme.make(key), iv, data)


def derive(  # noqa: PLR0913 - the arguments of the RFC
    password: str, salt: bytes, iterations: int, *, use: int, size: int, digest: str = "sha1"
) -> bytes:
    """Return bytes made of a password as PKCS#12 does for `use`; see RFC 7292, appendix B.2."""
    hashed: Callable[[bytes], Any] = getattr(hashlib, digest)  # by name, it takes thrice as long
    block = hashed(b"").block_size
    diversifier = bytes([use]) * block
    secret = f"{password}\0".encode("utf-16-be", "surrogatepass")
    state = _stretched(salt, block) + _stretched(secret, block)
    made = b""
    while len(made) < size:
        output = diversifier + state
        for _ in range(iterations):
            output = hashed(output).digest()
        made += output
        step = int.from_bytes(_stretched(output, block)[:block], "big") + 1
        state = b"".join(
            ((int.from_bytes(state[at : at + block], "big") + step) % (1 << 8 * block)).to_bytes(
                block, "big"
            )
            for at in range(0, len(state), block)
        )
    return made[:size]


def iterations_of(node: Node) -> int:
    """Return a count of iterations.

    Raises:
        BadKey: it is beyond all reason.
    """
    if not 0 < node.number <= _MAX_ITERATIONS:
        raise BadKey(f"the key store wants more than {_MAX_ITERATIONS} iterations for its password")
    return node.number


def _pbes2(parameters: Node, password: str) -> tuple[_Scheme, bytes, bytes]:
    derivation, encryption = parameters.parts()
    function, settings = derivation.parts()
    name, iv = encryption.parts()
    scheme = _SCHEMES.get(name.object_id)
    if function.object_id != _PBKDF2 or scheme is None:
        raise BadKey("the key store is encrypted in a way that is unknown here")
    salt, count, *rest = settings.parts()
    rest = [node for node in rest if node.tag != INTEGER]  # the length of the key, given twice
    digest = _HMACS.get(rest[0].parts()[0].object_id) if rest else "sha1"
    if digest is None:
        raise BadKey("the key store is encrypted in a way that is unknown here")
    secret = password.encode("utf-8", "surrogatepass")
    key = hashlib.pbkdf2_hmac(digest, secret, salt.octets, iterations_of(count), scheme.key_bytes)
    return scheme, key, iv.octets


def _decrypt(algorithm: CipherAlgorithm, iv: bytes, data: bytes) -> bytes | None:
    block = len(iv) * 8
    try:
        decryptor = Cipher(algorithm, CBC(iv)).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        unpadder = PKCS7(block).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None


def _stretched(data: bytes, block: int) -> bytes:
    """Repeat data to fill whole blocks."""
    size = -(-len(data) // block) * block
    return (data * (size // len(data) + 1))[:size] if data else b""
