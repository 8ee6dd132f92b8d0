"""Gently: many are told in batches with pauses between them; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


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


def spread(
    items: Sequence[Item], pace: Pace, chance: Callable[[], float]
) -> Iterator[tuple[float, Sequence[Item]]]:
    """Yield batches of items in their order, each with the seconds to wait before it.

    Args:
        items: who is told.
        pace: how fast.
        chance: returns numbers from 0 to below 1.
    """
    size = pace.batch or len(items)
    for at in range(0, len(items), size or 1):
        yield (pause(pace, chance) if at else 0.0), items[at : at + size]


def pause(pace: Pace, chance: Callable[[], float]) -> float:
    """Return the seconds before the next batch."""
    return pace.pause + pace.jitter * chance()
