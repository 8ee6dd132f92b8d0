"""What is made of states is kept until those are over, and not longer."""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from configserver.backends.states import State, StateCache

Cache = StateCache[str, "Thing"]


@dataclass(frozen=True)
class Thing:
    state: State
    size: int = 1000


@dataclass(eq=False)
class Place:
    """A backend by name; nothing here asks it anything."""

    name: str = "a place"
    generation: object = field(default_factory=object)


def state(place: object, generation: object, epoch: int = 0) -> State:
    backend: Any = place
    return State(backend, generation, epoch)


def cache_of(**made_of: State) -> Cache:
    cache: Cache = StateCache(100_000)
    for key, made in made_of.items():
        cache.enter(made)
        cache.put(key, Thing(made))
    return cache


PLACE, OTHER = Place(), Place()


@pytest.mark.parametrize(
    ("entered", "left"),
    [
        (state(PLACE, "g1"), {"a", "b"}),
        (state(PLACE, "g2"), {"b"}),
        (state(OTHER, "h2"), {"a"}),
        (state(PLACE, "g1", 1), set()),
        (state(Place(), "g2"), {"a", "b"}),
    ],
    ids=["the same", "newer", "newer of another", "other keys", "a new place"],
)
async def test_what_is_made_of_an_older_state_is_dropped(entered: State, left: set[str]) -> None:
    cache = cache_of(a=state(PLACE, "g1"), b=state(OTHER, "h1"))
    cache.enter(entered)
    assert {key for key in "ab" if cache.get(key)} == left
    assert len(cache) == len(left)
    assert cache.size == 1000 * len(left)


@pytest.mark.parametrize(
    ("made", "entered", "stays"),
    [
        (("g1", "h1"), ("g2", "i1"), False),
        ((("g1", "j1"), "h1"), ("g2",), False),
        (("h1", "j1"), ("g2", "i1"), True),
        ("g1", ("g2", "i1"), False),
    ],
    ids=["a member in common", "deeper", "none", "the member itself"],
)
async def test_backends_that_share_a_member_learn_of_it_together(
    made: object, entered: object, stays: object
) -> None:
    """A composite is another backend for each query, but their generations have the same parts."""
    cache = cache_of(a=state(OTHER, made))
    cache.enter(state(PLACE, ("g1", "i1")))
    cache.enter(state(PLACE, entered))
    assert (cache.get("a") is not None) == stays


async def test_what_comes_too_late_is_not_kept() -> None:
    """A slow answer of an older state would not be dropped any more."""
    old, new = state(PLACE, "g1"), state(PLACE, "g2")
    cache = cache_of(a=old)
    cache.enter(new)
    cache.put("a", Thing(old))
    assert len(cache) == 0
    cache.put("a", Thing(new))
    assert cache.get("a") == Thing(new)


async def test_the_least_used_make_room() -> None:
    cache: Cache = StateCache(3_000)
    now = state(PLACE, "g1")
    cache.enter(now)
    for key in "abc":
        cache.put(key, Thing(now))
    assert cache.get("a")
    cache.put("d", Thing(now))
    cache.put("e", Thing(now, 3_001))
    assert {key for key in "abcde" if cache.get(key)} == {"a", "c", "d"}
    cache.put("a", Thing(now, 2_000))
    assert cache.size <= 3_000
    cache.enter(state(PLACE, "g2"))
    assert (len(cache), cache.size) == (0, 0)


async def test_much_is_dropped_in_turns() -> None:
    """As much as the answers of a server can be: 32 MB in entries of a kilobyte."""
    cache: Cache = StateCache(32 * 1024 * 1024)
    now = state(PLACE, "g1")
    cache.enter(now)
    for number in range(33_000):
        cache.put(f"key {number}", Thing(now))
    assert len(cache) == 33_000
    took = [time.process_time()]
    cache.enter(state(PLACE, "g2"))
    while len(cache):
        took.append(time.process_time())
        await asyncio.sleep(0)
    took.append(time.process_time())
    turns = [after - before for before, after in pairwise(took)]
    print(f"{len(turns)} turns, the longest {max(turns) * 1000:.1f} ms")  # noqa: T201
    assert len(turns) > 60
    assert max(turns) < 0.1
