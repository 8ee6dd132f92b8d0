"""Whether a mirror looks damaged, and how often that is a reason to clone anew; pure."""

import math
from typing import Final, NamedTuple

_OBJECTS: Final = 300.0
"""Seconds between two clones because objects cannot be read: the remote itself may lack them."""

_FETCHES: Final = 60.0
"""Seconds between two clones because nothing can be fetched into the mirror."""

_CHECK: Final = 5.0
"""Seconds between two checks."""


class Doubt(NamedTuple):
    """What makes a mirror look damaged: an object that could not be read, if it is known which."""

    object_id: str | None


class Doubts:
    """What readers and fetches found wrong with one mirror; times of any steady clock.

    Attributes:
        current: what is to be looked into.
        certain: whether the mirror is known to be damaged and not yet replaced.
    """

    def __init__(self) -> None:
        self.current: Doubt | None = None
        self.certain = False
        self._checked = self._healed = -math.inf

    @property
    def any(self) -> bool:
        """Whether the mirror is, or may be, damaged."""
        return self.certain or self.current is not None

    def note(self, object_id: str | None, now: float) -> bool:
        """Note what could not be read; return whether that is to be looked into."""
        if self.current is not None or now < max(self._healed + _OBJECTS, self._checked + _CHECK):
            return False
        self.current = Doubt(object_id)
        return True

    def checked(self, now: float) -> None:
        """Note that the doubt was looked into."""
        self.current, self._checked = None, now

    def is_too_soon(self, now: float) -> bool:
        """Say whether a clone did not help a moment ago, so that another would not either."""
        return now < self._healed + _FETCHES

    def healed(self, now: float) -> None:
        """Note that the mirror was replaced."""
        self.current, self.certain, self._healed = None, False, now
