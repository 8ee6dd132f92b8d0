"""How old an answer may be."""

import math

import pytest

from configserver.backends.git.freshness import Freshness


@pytest.mark.parametrize(
    ("rate", "age", "wants", "allows"),
    [
        (None, 0, False, True),
        (None, 0.99, False, True),
        (None, 1.0, True, True),
        (None, 1.24, True, True),
        (None, 1.25, True, False),
        (None, math.inf, True, False),
        (0, 0, False, False),
        (0, 100, False, False),
        (30, 0, False, True),
        (30, math.inf, False, True),
        (-1, math.inf, False, True),
    ],
)
def test_when_a_look_begins_and_when_it_is_waited_for(
    rate: int | None, age: float, wants: bool, allows: bool
) -> None:
    freshness = Freshness(rate)
    assert (freshness.wants(age), freshness.allows(age)) == (wants, allows)


@pytest.mark.parametrize(
    ("max_stale", "age", "forbids"),
    [
        (None, math.inf, False),
        (60, 0, False),
        (60, 60, False),
        (60, 60.1, True),
        (60, math.inf, True),
    ],
)
def test_what_is_too_old_to_be_served(max_stale: float | None, age: float, forbids: bool) -> None:
    assert Freshness(max_stale=max_stale).forbids(age) is forbids


@pytest.mark.parametrize(
    ("rate", "strict", "never", "interval"),
    [
        (None, False, False, None),
        (0, True, False, None),
        (5, False, False, 5),
        (-1, False, True, None),
    ],
)
def test_what_a_rate_means(
    rate: int | None, strict: bool, never: bool, interval: float | None
) -> None:
    freshness = Freshness(rate)
    assert (freshness.strict, freshness.never, freshness.interval) == (strict, never, interval)
