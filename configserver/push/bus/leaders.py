"""Which replicas have said of late that there is something to look at."""

from collections.abc import Callable, Sequence
from typing import Final

_SECONDS: Final = 5.0
"""For how long one of them is taken to tell what is found; who looks longer says it again."""

_MOST: Final = 100


class Leaders:
    """Bus ids of those who asked others to look, a few seconds ago at most.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}

    def note(self, bus_id: str) -> None:
        """Note that somebody asks others to look now."""
        self._seen = {one: self._seen[one] for one in self.now() if one != bus_id}
        if len(self._seen) >= _MOST:
            self._seen.pop(next(iter(self._seen)))
        self._seen[bus_id] = self._clock()

    def now(self) -> Sequence[str]:
        """Return those who did of late."""
        oldest = self._clock() - _SECONDS
        return [one for one, at in self._seen.items() if at >= oldest]
