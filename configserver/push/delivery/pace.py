"""Gently: many are told in batches with pauses between them; pure."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast many are told of the same thing.

    Attributes:
        batch: how many are told at once; 0 for all of them.
        pause: seconds between two batches.
        jitter: seconds that a pause may be longer, at random, so that replicas do not keep step.
    """

    batch: int = 0
    pause: float = 0.0
    jitter: float = 0.0


AT_ONCE = Pace()


def pause(pace: Pace, chance: Callable[[], float]) -> float:
    """Return the seconds before the next batch."""
    return pace.pause + pace.jitter * chance()
