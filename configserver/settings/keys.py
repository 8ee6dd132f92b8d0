"""What is wrong with the settings of keys, without looking at any file."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from configserver.settings.encryption import EncryptSettings, RingKeySettings

Found: TypeAlias = tuple[str, str, str]
"""The name of a setting, what is wrong with it, and the name whose place is shown."""

_HEX: Final = re.compile("(?:[0-9A-Fa-f]{2})*")
_STORE: Final = "encrypt.key-store"
_RING: Final = "configserver.encrypt.keys"


def key_problems(encrypt: EncryptSettings, ring: Mapping[str, RingKeySettings]) -> Iterator[Found]:
    """Yield what keeps the keys from being used."""
    store = encrypt.key_store
    if store.location:
        if store.location.strip().startswith("classpath:"):
            reason = "names a class path, which there is none of; name a file: file:/etc/keys/x.jks"
            yield f"{_STORE}.location", reason, f"{_STORE}.location"
        for name, value in (("password", store.password), ("alias", store.alias)):
            if not value:
                reason = f"is not set, but {_STORE}.location is"
                yield f"{_STORE}.{name}", reason, f"{_STORE}.location"
    elif encrypt.key and encrypt.key.reveal() and not _is_pem(encrypt.key.reveal()):
        yield from _salt("encrypt.salt", encrypt.salt)
    for name, key in ring.items():
        yield from _ring_key(f"{_RING}.{name}", name, key)


def _ring_key(prefix: str, name: str, key: RingKeySettings) -> Iterator[Found]:
    if re.fullmatch("[A-Za-z0-9._-]+", name) is None:
        yield prefix, "should be named with letters, digits and . _ - only", prefix
    if key.key and key.key_file:
        reason = f"is set besides {prefix}.key; use only one of them"
        yield f"{prefix}.key-file", reason, f"{prefix}.key-file"
    if not (key.key or key.key_file):
        yield f"{prefix}.key", "is not set, and key-file is not either", prefix
    yield from _salt(f"{prefix}.salt", key.salt)


def _salt(name: str, salt: str) -> Iterator[Found]:
    if not _HEX.fullmatch(salt) or not salt:
        yield name, "should be an even number of hex digits", name


def _is_pem(key: str) -> bool:
    return "RSA PRIVATE KEY" in key
