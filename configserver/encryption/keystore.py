"""A key store of whichever format: told by its first bytes, as Java does, not by its name."""

from typing import Final

from configserver.encryption import BadKey
from configserver.encryption.der import SEQUENCE
from configserver.encryption.jks import JCEKS_MAGIC, MAGIC, read_jks
from configserver.encryption.pkcs12 import read_pkcs12
from configserver.encryption.stores import KeyStore

_TYPES: Final = ("jks", "pkcs12")
_CONVERT: Final = (
    "convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12"
    " -deststoretype pkcs12"
)


def open_key_store(data: bytes, password: str, kind: str = "jks") -> KeyStore:
    """Open a key store of type `jks` or `pkcs12`, in any case; each also takes the other's files.

    Raises:
        BadKey: an unknown type, a wrong password, a damaged file. Which, and never the password.
    """
    if kind.lower() not in _TYPES or data.startswith(JCEKS_MAGIC):
        found = "jceks" if data.startswith(JCEKS_MAGIC) else kind
        raise BadKey(f"a key store of type {found!r} cannot be opened here; {_CONVERT}")
    if data.startswith(MAGIC):
        return read_jks(data, password)
    if data[:1] != bytes([SEQUENCE]):
        raise BadKey("the file is no key store: neither JKS nor PKCS#12")
    return read_pkcs12(data, password)
