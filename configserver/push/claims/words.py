"""What replicas say to one another of those who are told, and how it is written; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeAlias

from configserver.push.claims.keys import Key

MOST_KEYS: Final = 1000
"""Keys in one word; more are said in several words."""

MOST_REPLICAS: Final = 100
"""Replicas that are known at the same time."""

_LONGEST: Final = 100
"""Characters of an id or a key."""

_MOST_COUNT: Final = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody has found whom a change concerns, and is ready to tell them.

    Attributes:
        by: id of the replica.
        count: of its claims, this one included.
        keys: what it would tell.
        implied: what is told with that, so that others need not guess.
    """

    by: str
    count: int
    keys: tuple[Key, ...] = ()
    implied: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Somebody has told, or has failed to, and its claim stands no more.

    Attributes:
        by: id of the replica.
        keys: what of.
        seen: counts of claims by replicas, its own too, that it had heard when it began to tell; of
            a try that failed, its own alone.
    """

    by: str
    keys: tuple[Key, ...]
    seen: Mapping[str, int]


Word: TypeAlias = Claim | Done


class Speaker(Protocol):
    """A way to other replicas."""

    def say(self, word: Word) -> None:
        """Say a word to all of them, soon; returns at once. It may be lost."""


def ignore(_: Word) -> None:
    """Take a word and do nothing: nobody here shares."""


def size_of(word: Word) -> int:
    """Return how many keys a word has."""
    return len(word.keys) + (len(word.implied) if isinstance(word, Claim) else 0)


def parts_of(word: Word) -> Iterator[Word]:
    """Yield a word in parts that are not too long."""
    if isinstance(word, Done):
        for keys in _slices(word.keys):
            yield replace(word, keys=keys)
        return
    for keys in _slices(word.keys):
        yield replace(word, keys=keys, implied=())
    for implied in _slices(word.implied):
        yield replace(word, keys=(), implied=implied)


def write(word: Word) -> dict[str, object]:
    """Return a word in JSON's types."""
    keys = [".".join(key) for key in word.keys]
    if isinstance(word, Done):
        return {"by": word.by, "done": keys, "seen": dict(word.seen)}
    implied = [".".join(key) for key in word.implied]
    return {"by": word.by, "count": word.count, "claim": keys, "implied": implied}


def read(written: Any) -> Word | None:
    """Return the word that JSON stands for; None if it stands for none that is known here."""
    if not isinstance(written, dict) or not _is_text(by := written.get("by")):
        return None
    match written:
        case {"claim": claim, "count": int(count), "implied": implied}:
            keys, others = _keys(claim), _keys(implied)
            if keys is None or others is None or not _is_count(count):
                return None
            return Claim(by=str(by), count=count, keys=keys, implied=others)
        case {"done": done, "seen": dict(seen)} if len(seen) <= MOST_REPLICAS:
            keys = _keys(done)
            if (
                keys is None
                or not all(map(_is_text, seen))
                or not all(map(_is_count, seen.values()))
            ):
                return None
            return Done(by=str(by), keys=keys, seen=seen)
        case _:
            return None


def _slices(keys: Sequence[Key]) -> Iterator[tuple[Key, ...]]:
    for start in range(0, len(keys), MOST_KEYS):
        yield tuple(keys[start : start + MOST_KEYS])


def _keys(written: Any) -> tuple[Key, ...] | None:
    if not isinstance(written, list) or len(written) > MOST_KEYS:
        return None
    if not all(_is_text(one) for one in written):
        return None
    split = (one.partition(".") for one in written)
    return tuple(Key(who, what) for who, _, what in split)


def _is_text(written: Any) -> bool:
    return isinstance(written, str) and 0 < len(written) <= _LONGEST


def _is_count(written: Any) -> bool:
    return type(written) is int and 0 <= written <= _MOST_COUNT
