"""What is made of backends' states, and kept until those are over."""

import asyncio
from collections.abc import Hashable, Iterator
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from cachetools import LRUCache

from configserver.backends import Backend

_AT_ONCE: Final = 500
"""Things that are dropped before others get their turn: some two milliseconds."""

_LEAST: Final = 1_000
"""Bytes that each thing counts for at least, so that a size bounds the number of them."""


class State(NamedTuple):
    """All that an answer to a query is made of.

    Attributes:
        place: the backend that answers.
        generation: what it serves.
        epoch: which keys there are.
    """

    place: Backend
    generation: object
    epoch: int


class Made(Protocol):
    """A thing that was made of a state."""

    @property
    def state(self) -> State:
        """Until this is over it may be kept."""

    @property
    def size(self) -> int:
        """Bytes that it takes, at least a thousand."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Made)


class StateCache(Generic[K, V]):
    """Things that were made of states, bounded by bytes; the least recently used ones go first.

    As soon as a newer state of a place is entered, nothing of the older one is left, or soon: what
    is much is dropped in turns, so that it holds up nobody. Backends that are made of others have
    generations made of theirs, so what one of them learns is true for all of them. For the event
    loop only.

    Args:
        max_bytes: of all things.
    """

    def __init__(self, max_bytes: int) -> None:
        self._things: _Things[K, V] = _Things(max_bytes)
        self._states: LRUCache[Backend, State] = LRUCache(max_bytes // _LEAST + 1)
        self._over: list[object] = []
        self.get = self._things.get

    def enter(self, state: State) -> None:
        """Learn what state a place is in; what was made of its older one is dropped."""
        before = self._states.get(state.place)
        if before == state:
            return
        self._states[state.place] = state
        if before is None:
            return
        waiting = bool(self._over)
        self._over += _parts(before) - _parts(state)
        if not waiting:
            self._drop()

    def put(self, key: K, thing: V) -> None:
        """Keep a thing, unless its state is over by now, or it is larger than the whole cache."""
        if (
            thing.size <= self._things.maxsize
            and self._states.get(thing.state.place) == thing.state
        ):
            self._things[key] = thing

    def __len__(self) -> int:
        return len(self._things)

    @property
    def size(self) -> int:
        """Bytes of all things."""
        return int(self._things.currsize)

    def _drop(self) -> None:
        """Drop some of what is over, and go on after others had their turn."""
        left = _AT_ONCE
        while self._over and left:
            left -= self._things.drop(self._over[-1], left)
            if self._over[-1] not in self._things.made_of:
                self._over.pop()
        if self._over:
            asyncio.get_running_loop().call_soon(self._drop)


class _Things(LRUCache[K, V]):
    """Things by their keys, and the keys by the parts of a generation that they were made of."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, getsizeof=_size)
        self.made_of: dict[object, dict[K, None]] = {}

    def drop(self, part: object, most: int) -> int:
        """Drop things that were made of a part; return how many there were, `most` at most."""
        keys = [key for key, _ in zip(self.made_of.get(part, ()), range(most), strict=False)]
        for key in keys:
            del self[key]
        return len(keys)

    def __setitem__(self, key: K, thing: V) -> None:
        self.pop(key, None)
        super().__setitem__(key, thing)
        for part in _parts(thing.state):
            self.made_of.setdefault(part, {})[key] = None

    def __delitem__(self, key: K) -> None:
        for part in _parts(self[key].state):
            keys = self.made_of[part]
            del keys[key]
            if not keys:
                del self.made_of[part]
        super().__delitem__(key)


def _parts(state: State) -> set[object]:
    """Return the generations that a state's was put together of, and something for the keys."""
    return {f"keys {state.epoch}", *_flat(state.generation)}


def _flat(generation: object) -> Iterator[object]:
    if isinstance(generation, tuple):
        for part in generation:
            yield from _flat(part)
    else:
        yield generation


def _size(thing: Made) -> int:
    return thing.size
