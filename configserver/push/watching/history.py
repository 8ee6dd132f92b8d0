"""Which keys changed between two states of a query, for as long as that is remembered."""

from typing import Final

from cachetools import LRUCache

from configserver.push import Change
from configserver.query import Query

MAX_KEYS: Final = 100_000
"""Names of keys that are remembered, of all changes together."""

_MAX_STEPS: Final = 100


class History:
    """The last changes, each known by the state that it led away from.

    Equal states have equal etags, so a step that was true once stays true.

    Args:
        max_keys: names of keys to remember.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._steps: LRUCache[tuple[Query, str], Change] = LRUCache(max_keys, getsizeof=_size)

    def add(self, change: Change) -> None:
        """Remember a change, if it says between which states it was and what changed."""
        if change.before is not None and change.keys is not None:
            size = _size(change)
            if size <= self._steps.maxsize:
                self._steps[change.query, change.before.etag] = change

    def keys(self, query: Query, before: str, after: str) -> tuple[str, ...] | None:
        """Return the keys that changed on the way from an etag to another, sorted.

        Some of them may have their old values again. None if part of the way is forgotten.
        """
        found: set[str] = set()
        for _ in range(_MAX_STEPS):
            if before == after:
                return tuple(sorted(found))
            step = self._steps.get((query, before))
            if step is None:
                return None
            found.update(step.keys or ())
            before = step.after.etag
        return None


def _size(change: Change) -> int:
    return 1 + len(change.keys or ())
