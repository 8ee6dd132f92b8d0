"""When a remote that failed is asked again; pure: time and chance are passed in."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

FIRST: Final = 1.0
"""Seconds until the first new try."""

LONGEST: Final = 60.0
"""Seconds between tries at most, and between those of a remote that nobody asks for."""

FIRST_LOGIN: Final = 10.0
"""Seconds until the first new try after a refused login, which hosts count and punish."""

LONGEST_LOGIN: Final = 300.0
"""Seconds between tries at most while the login is refused."""

SPREAD: Final = 0.2
"""By which part a wait is longer or shorter, so that many servers do not come back at once."""


class State(StrEnum):
    """What a breaker lets through."""

    CLOSED = "closed"
    """The remote answers; requests look at it as the freshness says."""
    OPEN = "open"
    """The remote failed; requests are answered from what is here and wait for nothing."""
    HALF_OPEN = "half-open"
    """As open, while a try is under way."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of a remote's troubles; each event gives a new value.

    Times are in seconds of any steady clock.

    Attributes:
        failures: how many there were in a row.
        since: when the first of them was, None without one.
        last: when the last of them was.
        wait: seconds from then until the next try.
        asked: whether anyone asked for the remote since then.
        trying: whether a try is under way.
    """

    failures: int = 0
    since: float | None = None
    last: float = 0.0
    wait: float = 0.0
    asked: bool = False
    trying: bool = False

    @property
    def state(self) -> State:
        """What it lets through now."""
        if not self.failures:
            return State.CLOSED
        return State.HALF_OPEN if self.trying else State.OPEN

    @property
    def closed(self) -> bool:
        """Whether requests may wait for the remote."""
        return not self.failures

    def due_in(self, now: float) -> float:
        """Return the seconds until the next try, 0 if it is due or there is no need to wait."""
        if not self.failures:
            return 0.0
        patient = not self.asked and self.wait > 0
        return max(0.0, self.last + (max(self.wait, LONGEST) if patient else self.wait) - now)

    def begun(self) -> Self:
        """Note that a try is under way."""
        return replace(self, trying=True)

    def ended(self) -> Self:
        """Note that a try ended without saying anything about the remote."""
        return replace(self, trying=False)

    def wanted(self) -> Self:
        """Note that someone asked for the remote."""
        return replace(self, asked=True)

    def hurried(self) -> Self:
        """Note that there is news to fetch: the next try is due at once."""
        return replace(self, wait=0.0)

    def failed(self, now: float, *, chance: float, login: bool = False) -> Self:
        """Note a failure.

        Args:
            now: the time.
            chance: a random number from 0 up to 1.
            login: whether the login was refused: that is tried again more rarely.
        """
        first, longest = (FIRST_LOGIN, LONGEST_LOGIN) if login else (FIRST, LONGEST)
        wait = min(longest, first * 2.0 ** min(self.failures, 30))
        return replace(
            self,
            failures=self.failures + 1,
            since=now if self.since is None else self.since,
            last=now,
            wait=wait * (1 - SPREAD + 2 * SPREAD * chance),
            asked=False,
            trying=False,
        )

    def succeeded(self) -> Self:
        """Note a success: all is forgotten."""
        return type(self)()
