"""What was taken already, for a while: a webhook that somebody recorded is not taken again."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Final

MAX_REPLAYS: Final = 10_000
"""How many marks are remembered; each is 16 bytes, whatever it is of: about 2 MB in all."""


class Replays:
    """Remembers marks of what was taken; beyond a number, the oldest are forgotten.

    Args:
        seconds: how long; 0 for not at all.
        clock: seconds on a clock that never goes back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._taken: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._taken)

    def age(self, marks: Iterable[bytes]) -> float | None:
        """Return how many seconds ago one of some marks was taken, None if none was."""
        now = self._clock()
        self._forget(now)
        ages = [now - self._taken[mark] for mark in marks if mark in self._taken]
        return max(ages, default=None)

    def take(self, marks: Iterable[bytes]) -> None:
        """Remember marks as taken just now."""
        if not self._seconds:
            return
        now = self._clock()
        for mark in marks:
            self._taken[mark] = now
            self._taken.move_to_end(mark)
        while len(self._taken) > MAX_REPLAYS:
            self._taken.popitem(last=False)

    def _forget(self, now: float) -> None:
        while self._taken and now - next(iter(self._taken.values())) >= self._seconds:
            self._taken.popitem(last=False)


def mark(kind: str, content: bytes) -> bytes:
    """Return the mark of a body or an id; those of different kinds differ."""
    return blake2b(content, digest_size=16, person=kind.encode()[:16]).digest()
