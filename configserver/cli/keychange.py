"""A change of keys made up in memory: each cipher of a tree under the new key, nothing written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from configserver.cli.keysets import Keys
from configserver.cli.processes import in_processes
from configserver.cli.secret_input import read_bytes
from configserver.cli.trees import Tree
from configserver.encryption.markers import encryptor_keys
from configserver.errors import ConfigError
from configserver.secrets.files import holds_word, is_known
from configserver.secrets.rekey import Change, Rekeyed, rekeyed
from configserver.secrets.sites import CIPHER
from configserver.secrets.texts import Refused
from configserver.sops.recognise import store_of

_PROBE: Final = "a text that is no secret"
_MAX_OTHER: Final = 1024 * 1024
"""Bytes of a file that is no configuration beyond which it is not looked at."""


class Planned(NamedTuple):
    """A file that was read, and what becomes of it."""

    path: Path
    old: bytes
    result: Rekeyed


def prove(new: Keys) -> None:
    """See that what the new key makes can be read again.

    Raises:
        ConfigError: it cannot be; in a key store, the two halves may be those of different keys.
    """
    try:
        if new.decrypt(new.encrypt(_PROBE)) == _PROBE:
            return
        reason = "another text comes out"
    except Refused as error:
        reason = str(error)
    raise ConfigError(
        f"what the new key encrypts cannot be decrypted with it: {reason}",
        hint=f"the new key came from {new.origin}; it needs both halves, of one key",
    )


def planned(tree: Tree, old: Keys, new: Keys) -> list[Planned]:
    """Return the files that hold ciphers.

    RSA takes a millisecond to see that a key is the wrong one. So there the new key is tried on
    what the old one decrypts only if some ciphers are under the new one: for all of those to look
    as if they were under the old one, it takes one chance in many millions each.

    Raises:
        ConfigError: a file cannot be read.
    """
    doubts = not old.is_rsa
    done = _looked_at(tree, old, new, doubts=doubts)
    if not doubts and any(one.result.kept for one in done):
        return _looked_at(tree, old, new, doubts=True)
    return done


def _looked_at(tree: Tree, old: Keys, new: Keys, *, doubts: bool) -> list[Planned]:
    def of_new(value: str) -> str:
        named = encryptor_keys("", "", value.removeprefix(CIPHER)).get("key")
        if new.alias is not None and named != new.alias:
            raise Refused("another key is named")
        return new.decrypt(value)

    change = Change(old.decrypt, of_new, new.encrypt, doubts=doubts)

    def looked_at(shown: str) -> Planned:
        path = tree.files[shown]
        data = read_bytes(path)
        if store_of(shown, data) is not None:
            return Planned(path, data, Rekeyed(shown, sops=True))
        return Planned(path, data, rekeyed(shown, data, change))

    found = in_processes(looked_at, list(filter(is_known, tree.files)))
    return [one for one in found if one.result != Rekeyed(one.result.path)]


def unread(tree: Tree) -> Iterator[str]:
    """Yield the names of files with `{cipher}` that are of no kind in which servers decrypt."""
    for shown, path in tree.files.items():
        if is_known(shown) or path.stat().st_size > _MAX_OTHER:
            continue
        if holds_word(read_bytes(path)):
            yield shown
