"""What a client gets in the end: for each key the value that wins, as hashes only."""

import base64
from collections.abc import Collection
from datetime import UTC, datetime
from math import isfinite
from typing import Final, NamedTuple

from configserver.model import Environment, PropertySource, Value

WIDTH: Final = 8
"""Bytes of the hash of a value."""


class Effective(NamedTuple):
    """What a query is answered with, without its values.

    Attributes:
        etag: equal where all keys and the values that win are, in each process and always.
        keys: all of them, sorted; None where they are not remembered.
        hashes: of the values, WIDTH bytes each, in the order of the keys; of this process only.
    """

    etag: str
    keys: tuple[str, ...] | None
    hashes: bytes

    def forgetful(self) -> "Effective":
        """Return it without keys: whether it changes can be told, but not where."""
        return Effective(self.etag, None, b"")


_CONDITIONS: Final = ("spring.config.activate.on-profile", "spring.profiles")
"""Keys of documents that are for some profiles."""

ABSENT: Final = Effective("absent", (), b"")
"""Of a query that is answered with 404."""


def as_boot_orders(environment: Environment) -> tuple[PropertySource, ...]:
    """Return the sources of an environment as a Boot client with active profiles orders them.

    It asks for the profile `default` first, then for the others, and places what only the second
    answer has before the sources of the first one: `application-dev.yml` beats `shop.yml` and the
    server's overrides there. What belongs to a profile is told by the names of files and by their
    documents' conditions.
    """
    if environment.profiles == "default":
        return environment.sources
    names = {"application", *(name.strip() for name in environment.name.split(","))}
    specific = [source for source in environment.sources if _is_specific(source, names)]
    shared = [source for source in environment.sources if not _is_specific(source, names)]
    return (*specific, *shared)


def _is_specific(source: PropertySource, names: Collection[str]) -> bool:
    """Say whether a source is there because of a profile."""
    if source.path is None:
        return False
    if any(key in source.properties for key in _CONDITIONS):
        return True
    file = source.path.rpartition("/")[2]
    dot = file.rfind(".")
    return (file[:dot] if 0 < dot < len(file) - 1 else file) not in names


def changed(before: Effective, after: Effective) -> tuple[str, ...] | None:
    """Return the keys that came, went or have another value, in order; None if that is lost."""
    if before.keys is None or after.keys is None:
        return None
    if before.keys == after.keys:
        if before.hashes == after.hashes:
            return ()
        return tuple(
            key
            for place, key in enumerate(after.keys)
            if _hash(before, place) != _hash(after, place)
        )
    old = {key: _hash(before, place) for place, key in enumerate(before.keys)}
    new = {key: _hash(after, place) for place, key in enumerate(after.keys)}
    return tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))


def _hash(one: Effective, place: int) -> bytes:
    return one.hashes[place * WIDTH : (place + 1) * WIDTH]


def written(value: Value) -> bytes:
    """Return bytes that are equal where the JSON of two values is."""
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return repr(value).encode() if isfinite(value) else b"s" + _NOT_FINITE[str(value)]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return b"s" + f"{moment.isoformat(timespec='milliseconds')}Z".encode()
    return b"s" + base64.b64encode(value)


_NOT_FINITE: Final = {"nan": b"NaN", "inf": b"Infinity", "-inf": b"-Infinity"}
