"""The tree of one YAML document, as SnakeYAML's composer makes it."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from configserver.errors import InvalidFile
from configserver.formats.scalars import Typed


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
    """Return what is equal for keys that are equal in Java: `1` and `"1"` and `1.0` differ."""
    if isinstance(key, Scalar):
        value = key.value
        return value if isinstance(value, str) else (type(value), repr(value))
    if isinstance(key, TrackedKey):
        return (TrackedKey, identity(key.scalar))
    if isinstance(key, Sequence):
        return (Sequence, tuple(identity(item) for item in key.items))
    return (Mapping, frozenset((identity(inner), identity(value)) for inner, value in key.pairs))


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly in `node`, keys before their values."""
    if isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            if not isinstance(key, TrackedKey):
                yield key
            yield value
