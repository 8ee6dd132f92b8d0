"""What is wrong with the settings of keys, without looking at any file."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from configserver.settings.encryption import EncryptSettings, RingKeySettings, RingSettings
from configserver.settings.kms import PREFIX as KMS
from configserver.settings.kms import kms_problems

Found: TypeAlias = tuple[str, str, str]
"""The name of a setting, what is wrong with it, and the name whose place is shown."""

_HEX: Final = re.compile("(?:[0-9A-Fa-f]{2})*")
_STORE: Final = "encrypt.key-store"
_RING: Final = "configserver.encrypt.keys"


def key_problems(encrypt: EncryptSettings, ring: RingSettings) -> Iterator[Found]:
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
    for name, key in ring.keys.items():
        yield from _ring_key(f"{_RING}.{name}", name, key)
        yield from _wrapped(f"{_RING}.{name}", key, ring)
    yield from kms_problems(ring.kms)


def _ring_key(prefix: str, name: str, key: RingKeySettings) -> Iterator[Found]:
    if re.fullmatch("[A-Za-z0-9._-]+", name) is None:
        yield prefix, "should be named with letters, digits and . _ - only", prefix
    given = {
        "key": key.key,
        "key-file": key.key_file,
        "wrapped-key": key.wrapped_key,
        "wrapped-key-file": key.wrapped_key_file,
    }
    first, *others = [one for one, value in given.items() if value] or [""]
    for other in others:
        reason = f"is set besides {prefix}.{first}; use only one of them"
        yield f"{prefix}.{other}", reason, f"{prefix}.{other}"
    if not first:
        what = "wrapped-key" if key.kms else "key"
        yield f"{prefix}.{what}", f"is not set, and {what}-file is not either", prefix
    yield from _salt(f"{prefix}.salt", key.salt)


def _wrapped(prefix: str, key: RingKeySettings, ring: RingSettings) -> Iterator[Found]:
    wrapped = key.wrapped_key or key.wrapped_key_file
    if wrapped and not key.kms:
        reason = f"is not set; it should name the service of {KMS} that unwraps the key"
        yield f"{prefix}.kms", reason, prefix
    if key.kms and (key.key or key.key_file):
        yield f"{prefix}.kms", "is for wrapped-key and wrapped-key-file only", f"{prefix}.kms"
    if key.kms and key.kms not in ring.kms:
        known = ", ".join(ring.kms) or "none"
        yield f"{prefix}.kms", f"names no service of {KMS}; there is {known}", f"{prefix}.kms"


def _salt(name: str, salt: str) -> Iterator[Found]:
    if not _HEX.fullmatch(salt) or not salt:
        yield name, "should be an even number of hex digits", name


def _is_pem(key: str) -> bool:
    return "RSA PRIVATE KEY" in key
