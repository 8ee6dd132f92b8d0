"""Hashing many answers: what they have in common is hashed once."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from cachetools import LRUCache

from configserver.model import Environment, PropertySource, Value
from configserver.push.comparison.effective import WIDTH, Effective, as_boot_orders, written

_SALT: Final = secrets.token_bytes(16)
"""Hashes of values are of use to this process alone: nobody can look a value up by its hash."""

_MAX_KEYS: Final = 100_000
"""Keys whose values are held, of sources and of answers each."""

_Ids: TypeAlias = tuple[int, ...]


class _Entry(NamedTuple):
    """A key's value, in the forms in which it is hashed."""

    value: bytes
    named: bytes
    hash: bytes


class _Source(NamedTuple):
    """What a mapping of keys comes to; holds it, so that its identity is not given to another."""

    properties: Mapping[str, Value]
    entries: Mapping[str, _Entry]


class _Answer(NamedTuple):
    """What sources come to; holds them for the same reason."""

    sources: tuple[PropertySource, ...]
    effective: Effective


class Hashing:
    """Finds what answers come to, one after the other; for one thread at a time.

    It holds values in plain text, and is not to be kept longer than a comparison takes.

    Args:
        max_keys: whose values are held, of sources and of answers each; the ones used least
            recently go first.

    Attributes:
        made: how many answers were not the same as one before.
    """

    def __init__(self, max_keys: int = _MAX_KEYS) -> None:
        self.made = 0
        self._sources: LRUCache[int, _Source] = LRUCache(max_keys, lambda one: _weight([one]))
        self._answers: LRUCache[tuple[_Ids, _Ids], _Answer] = LRUCache(
            max_keys, lambda one: _weight(one.sources)
        )

    def effective(self, environment: Environment) -> Effective:
        """Return what the sources of an environment come to; the first one that has a key wins.

        Boot's clients order sources in another way, see `as_boot_orders`. A key for which that
        makes a difference has two values that win, and changes with each of them.

        Two values are the same where clients get the same JSON for them: `1` and `"1"` are not, a
        `!!timestamp` and its text are.
        """
        order = as_boot_orders(environment)
        ids = _ids(environment.sources), _ids(order)
        known = self._answers.get(ids)
        return self._new(ids, environment.sources, order) if known is None else known.effective

    def knows(self, environment: Environment) -> bool:
        """Say at once whether an environment has the very sources of one before."""
        ids = _ids(environment.sources), _ids(as_boot_orders(environment))
        return ids in self._answers

    def _new(
        self,
        ids: tuple[_Ids, _Ids],
        sources: tuple[PropertySource, ...],
        order: Sequence[PropertySource],
    ) -> Effective:
        self.made += 1
        answer = _Answer(sources, self._found(sources, order))
        if _weight(sources) <= self._answers.maxsize:
            self._answers[ids] = answer
        return answer.effective

    def _found(
        self, sources: Sequence[PropertySource], order: Sequence[PropertySource]
    ) -> Effective:
        values = self._winning(sources)
        if _ids(order) != _ids(sources):
            for key, other in self._winning(order).items():
                if values[key].value != other.value:
                    values[key] = _both(key, values[key], other)
        keys = tuple(sorted(values))
        whole = hashlib.sha256(b"".join([values[key].named for key in keys]))
        tag = base64.urlsafe_b64encode(whole.digest()[:18]).decode()
        return Effective(tag, keys, b"".join([values[key].hash for key in keys]))

    def _winning(self, sources: Sequence[PropertySource]) -> dict[str, _Entry]:
        values: dict[str, _Entry] = {}
        for source in reversed(sources):
            values.update(self._entries(source.properties))
        return values

    def _entries(self, properties: Mapping[str, Value]) -> Mapping[str, _Entry]:
        known = self._sources.get(id(properties))
        if known is not None:
            return known.entries
        entries = {key: _entry(key, written(value)) for key, value in properties.items()}
        if len(entries) < self._sources.maxsize:
            self._sources[id(properties)] = _Source(properties, entries)
        return entries


def effective(environment: Environment) -> Effective:
    """Return what the sources of one environment come to; see Hashing."""
    return Hashing().effective(environment)


def _entry(key: str, value: bytes) -> _Entry:
    name = key.encode("utf-8", "surrogatepass")
    named = b"%d:%b%d:%b" % (len(name), name, len(value), value)
    return _Entry(value, named, hashlib.blake2b(value, digest_size=WIDTH, key=_SALT).digest())


def _both(key: str, one: _Entry, other: _Entry) -> _Entry:
    """Return what a key comes to that has two values, for clients that order in different ways."""
    return _entry(key, b"%d:%b%b" % (len(one.value), one.value, other.value))


def _ids(sources: Sequence[PropertySource]) -> _Ids:
    return tuple([id(source.properties) for source in sources])


def _weight(sources: Iterable[PropertySource | _Source]) -> int:
    return 1 + sum(len(source.properties) for source in sources)
