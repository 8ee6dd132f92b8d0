"""Flat keys to maps and lists, with the corner cases of Spring's PropertyNavigator."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, TypeAlias, TypeVar, cast

from configserver.errors import InvalidKey, Unrenderable

T = TypeVar("T")
Node: TypeAlias = T | dict[str, "Node[T]"] | list["Node[T]"] | None
Step: TypeAlias = str | int
Inner: TypeAlias = type[dict[str, Any]] | type[list[Any]] | None
"""What has to stand at a step: a map, a list, or the value itself."""

MAX_DEPTH = 100
"""How many maps and lists may stand in each other."""

MAX_GAPS = 100_000
"""How many elements may be missing in all lists together: `a[99]` alone leaves 99 of them."""

_STOP = re.compile(r"[.\[\]]")
_INTEGER = re.compile(r"([+-]?)0*(\d{1,10})")
_INT_LIMIT = 2**31


def nest(properties: Mapping[str, T]) -> dict[str, Node[T]]:
    """Build the tree that dotted keys and `[0]` describe.

    Where a map would have to grow out of a value or a list, its key goes before the last segment
    instead: `a=1`, `a.b=2` is `{a: 1, a.b: 2}`.

    Raises:
        InvalidKey: a key with an empty segment or with text after an index.
        Unrenderable: a list where a value or a map already is, or the other way round; too deep;
            too many gaps in lists.
    """
    tree = _Tree[T]()
    for key, value in properties.items():
        tree.put(key, value)
    return tree.root


@dataclass(slots=True)
class _Tree(Generic[T]):
    root: dict[str, Node[T]] = field(default_factory=dict)
    gaps: int = 0

    def put(self, key: str, value: T) -> None:
        place: dict[str, Node[T]] | list[Node[T]] = self.root
        prefix = ""
        for step, inner in steps(key):
            found = self._at(place, step, key)
            if inner is None:
                _store(place, prefix + step if isinstance(step, str) else step, value)
            elif found is None:
                found = inner()
                _store(place, step, found)
            elif not isinstance(found, inner):
                if inner is list or isinstance(place, list):
                    raise Unrenderable(f"the key '{key}' needs a list or map where a value stands")
                prefix = f"{step}."
                continue
            place = cast("dict[str, Node[T]] | list[Node[T]]", found)

    def _at(self, place: dict[str, Node[T]] | list[Node[T]], step: Step, key: str) -> Node[T]:
        """Return what stands at a step; a list grows to hold it."""
        if isinstance(place, dict):
            return place.get(cast("str", step))
        index = cast("int", step)
        missing = index - len(place)
        self.gaps += max(missing, 0)
        if self.gaps > MAX_GAPS:
            raise Unrenderable(f"more than {MAX_GAPS} list elements are missing at '{key}'")
        place.extend([None] * (missing + 1))
        return place[index]


def _store(place: dict[str, Node[T]] | list[Node[T]], step: Step, value: Node[T]) -> None:
    """Store under a step that fits the place: a name in a map, an index in a list."""
    cast("dict[Step, Node[T]]", place)[step] = value


def steps(key: str) -> Iterator[tuple[Step, Inner]]:
    """Yield the names and list indices of a key, each with what has to stand there.

    Brackets around anything but an integer are part of a name: `a.b[c]` has the names `a`, `b[c]`.

    Raises:
        InvalidKey: see `nest`; not before the steps up to there were asked for.
        Unrenderable: more than MAX_DEPTH steps.
    """
    position = 0
    step: Step
    for depth in count():
        if depth == MAX_DEPTH:
            raise Unrenderable(f"the key '{key[:80]}…' has more than {MAX_DEPTH} segments")
        if depth and key[position] == "[":
            step, position = _index(key, position)
        else:
            step, position = _name(key, position + (depth > 0))
        if position == len(key):
            yield step, None
            return
        yield step, list if key[position] == "[" else dict


def _name(key: str, start: int) -> tuple[str, int]:
    """Return the name that begins at `start`, and where it ends: `.`, the `[` of an index, end."""
    opened: int | None = -1
    for match in _STOP.finditer(key, start):
        at = match.start()
        if key[at] == "[":
            opened = at
            continue
        if key[at] == ".":
            end = at
        elif opened is None or _integer(key[opened + 1 : at]) is None:
            opened = None
            continue
        elif opened < 0:  # the original takes the rest as it is, as in `1].a`
            break
        else:
            end = opened
        if end == start:
            raise InvalidKey(f"the key '{key}' has an empty segment")
        return key[start:end], end
    return key[start:], len(key)


def _index(key: str, start: int) -> tuple[int, int]:
    """Return the index in the brackets that open at `start`, and what follows them."""
    digits, closed, rest = key[start + 1 :].partition("]")
    if not closed or digits[:1] in ("", "+", "-") or rest[:1] not in ("", ".", "["):
        raise InvalidKey(f"the key '{key}' has text where only a list index may stand")
    index = _integer(digits)
    if index is None:
        raise InvalidKey(f"the key '{key}' has a list index that is no 32-bit integer")
    return index, len(key) - len(rest)


def _integer(text: str) -> int | None:
    """Return what Java's Integer.parseInt makes of a text, None where it refuses."""
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    number = int(match[1] + match[2])
    return number if -_INT_LIMIT <= number < _INT_LIMIT else None
