"""Who may have missed something because a broker was away, and has to be told again."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from configserver.push.bus.destinations import ALL_APPLICATIONS, covers

_MOST: Final = 1000
_JUST_NOW: Final = 5.0
"""Seconds: a message that a broker confirmed may be lost with it before everybody has got it."""


class Owed:
    """Destinations of events that did not get through, or perhaps not; bounded."""

    def __init__(self) -> None:
        self._owed: dict[str, None] = {}
        self._recent: OrderedDict[str, float] = OrderedDict()

    def failed(self, destinations: Iterable[str]) -> None:
        """Note that destinations could not be told."""
        self._owed.update(dict.fromkeys(destinations))
        if len(self._owed) > _MOST:
            self._owed = {ALL_APPLICATIONS: None}

    def told(self, destination: str, now: float) -> None:
        """Note that a destination was told."""
        self._recent[destination] = now
        self._recent.move_to_end(destination)
        if len(self._recent) > _MOST:
            self._recent.popitem(last=False)

    def lost(self, now: float) -> None:
        """Note that the broker has gone, and with it perhaps what it had just taken."""
        self.failed(one for one, at in self._recent.items() if now - at < _JUST_NOW)
        self._recent.clear()

    def __bool__(self) -> bool:
        return bool(self._owed)

    def take(self) -> tuple[str, ...]:
        """Return all of them, each once, and owe nothing any more."""
        owed, self._owed = self._owed, {}
        return tuple(
            one for one in owed if not any(other != one and covers(other, one) for other in owed)
        )
