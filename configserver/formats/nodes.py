"""The tree of one YAML document, as SnakeYAML's composer makes it."""

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from configserver.errors import InvalidFile
from configserver.formats.scalars import Typed

_MAX_KEY_NODES = 1000
"""Nodes of a list or map that is a key, aliases followed."""


class Mark(Protocol):
    """A place in the text, 0-based, as the scanner gives it."""

    @property
    def line(self) -> int:
        """Line breaks before it."""

    @property
    def column(self) -> int:
        """Characters before it in its line."""


@dataclass(slots=True, eq=False)
class Scalar:
    """A typed scalar; one without a mark has no origin."""

    value: Typed
    mark: Mark | None


@dataclass(slots=True, eq=False)
class TrackedKey:
    """A scalar key that came with a merge before its own mapping was constructed.

    Boot marks such a key with an origin; it then differs from the same key written plainly.
    """

    scalar: Scalar


@dataclass(slots=True, eq=False)
class Sequence:
    """A list; the mark is where it begins."""

    items: "list[Node]"
    mark: Mark | None


@dataclass(slots=True, eq=False)
class Mapping:
    """A map.

    Attributes:
        pairs: keys and values in file order, merge keys included until they are resolved.
        mark: where it begins.
        merges: whether it has a merge key.
        is_set: whether it is a `!!set`, of which only the keys count.
        constructed: whether its own keys, not only merged ones, were already made plain.
    """

    pairs: "list[tuple[Key, Node]]"
    mark: Mark
    merges: bool = False
    is_set: bool = False
    constructed: bool = False


Node: TypeAlias = Scalar | Sequence | Mapping
Key: TypeAlias = Node | TrackedKey


def error_at(reason: str, mark: Mark | None) -> InvalidFile:
    """Return an error that points at `mark`."""
    if mark is None:
        return InvalidFile(reason)
    return InvalidFile(reason, line=mark.line + 1, column=mark.column + 1)


def identity(key: Key) -> Hashable:
    """Return what is equal for keys that are equal in Java: `1` and `"1"` and `1.0` differ.

    Raises:
        InvalidFile: a list or a map of too many nodes, as when it contains itself.
    """
    if isinstance(key, Scalar):
        value = key.value
        return value if isinstance(value, str) else (type(value), repr(value))
    return _identity(key, itertools.count())


def _identity(key: Key, count: "itertools.count[int]") -> Hashable:
    if next(count) > _MAX_KEY_NODES:
        raise error_at(
            "a key holds too many nodes", None if isinstance(key, TrackedKey) else key.mark
        )
    if isinstance(key, Scalar):
        return identity(key)
    if isinstance(key, TrackedKey):
        return (TrackedKey, identity(key.scalar))
    if isinstance(key, Sequence):
        return (Sequence, tuple(_identity(item, count) for item in key.items))
    pairs = ((_identity(inner, count), _identity(value, count)) for inner, value in key.pairs)
    return (Mapping, frozenset(pairs))


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly in `node`, keys before their values."""
    if isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            if not isinstance(key, TrackedKey):
                yield key
            yield value
