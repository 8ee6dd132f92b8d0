"""Ciphers among the server's own settings, read with the keys that are set beside them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.bind import bind
from configserver.settings.catalogue import recognise
from configserver.settings.collect import Entry
from configserver.settings.fill import CIPHER, Decrypt, filled

Unlock: TypeAlias = Callable[[Settings], Decrypt]
"""Makes what decrypts of the settings of the keys; raises SettingsError if they cannot be used."""

_KEYS: Final = frozenset({"encrypt", "ring"})
_SOPS: Final = "sops"
"""The section of keys that open files but none of the settings; these keys may be ciphers."""


def unlocked(
    layers: Iterable[Iterable[Entry]], environ: Mapping[str, str], unlock: Unlock
) -> tuple[list[list[Entry]], tuple[str, ...]]:
    """Fill placeholders and decrypt; return the layers, and what to warn of.

    Raises:
        SettingsError: as `filled`, and of the settings of the keys.
    """
    layers = [list(entries) for entries in layers]
    keys = keys_alone(layers, environ)
    decrypt = unlock(keys)
    if keys.encrypt.fail_on_error:
        return filled(layers, environ, decrypt=decrypt), ()
    failed: list[str] = []
    done = filled(layers, environ, decrypt=decrypt, failed=failed)
    about = "is a cipher that cannot be decrypted, and empty"
    return done, tuple(f"{place} {about}" for place in failed)


def keys_alone(layers: Iterable[Iterable[Entry]], environ: Mapping[str, str]) -> Settings:
    """Return the settings of the keys, all others at their defaults.

    Raises:
        SettingsError: one of them is wrong, or a cipher itself.
    """
    return bind(filled(map(_of_keys, layers), environ)).settings


def _of_keys(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that say which keys there are."""
    found = []
    for entry in entries:
        match = recognise(entry.name)
        is_cipher = entry.text.startswith(CIPHER)
        if match is not None and match.known.path[0] == _SOPS and not is_cipher:
            found.append(entry)
        if match is None or match.known.path[0] not in _KEYS:
            continue
        if is_cipher:
            reason = f"{entry.name} is a cipher, but it is needed to decrypt"
            raise SettingsError(reason, path=entry.source, line=entry.line)
        found.append(entry)
    return found
