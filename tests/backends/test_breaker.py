"""When a remote that failed is asked again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.backends.git.breaker import LONGEST, Breaker, State

EVEN = 0.5
"""The chance that leaves a wait as it is."""


def failing(times: int, *, chance: float = EVEN, login: bool = False) -> Breaker:
    """Return a breaker after failures at 100 s, each of them asked for."""
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.failed(100.0, chance=chance, login=login)
    return breaker.wanted()


def test_a_new_one_lets_everything_through() -> None:
    assert Breaker().closed
    assert Breaker().state is State.CLOSED
    assert Breaker().due_in(0) == 0


@pytest.mark.parametrize(
    ("failures", "login", "wait"),
    [
        (1, False, 1),
        (2, False, 2),
        (3, False, 4),
        (6, False, 32),
        (7, False, 60),
        (5000, False, 60),
        (1, True, 10),
        (2, True, 20),
        (6, True, 300),
        (5000, True, 300),
    ],
)
def test_waits_double_up_to_a_limit(failures: int, login: bool, wait: float) -> None:
    breaker = failing(failures, login=login)
    assert breaker.state is State.OPEN
    assert breaker.due_in(100) == pytest.approx(wait)
    assert breaker.due_in(100 + wait / 4) == pytest.approx(wait * 3 / 4)
    assert breaker.due_in(100 + wait) == pytest.approx(0)


@pytest.mark.parametrize(("chance", "part"), [(0.0, 0.8), (0.5, 1.0), (0.999999, 1.2)])
def test_waits_are_spread_by_a_fifth(chance: float, part: float) -> None:
    assert failing(3, chance=chance).due_in(100) == pytest.approx(4 * part, rel=1e-3)


def test_a_try_is_half_open_until_it_ends() -> None:
    breaker = failing(2).begun()
    assert breaker.state is State.HALF_OPEN
    assert not breaker.closed
    assert breaker.ended().state is State.OPEN
    assert breaker.failed(103, chance=EVEN).state is State.OPEN
    assert breaker.succeeded() == Breaker()


def test_a_first_try_is_not_called_half_open() -> None:
    assert Breaker().begun().state is State.CLOSED


def test_a_remote_that_nobody_asks_for_is_tried_once_a_minute() -> None:
    breaker = Breaker().failed(100, chance=EVEN)
    assert breaker.due_in(100) == LONGEST
    assert breaker.wanted().due_in(100) == 1
    assert breaker.wanted().failed(101, chance=EVEN).due_in(101) == LONGEST


def test_a_push_makes_the_next_try_due_at_once() -> None:
    breaker = Breaker().failed(100, chance=EVEN).hurried()
    assert breaker.due_in(100) == 0
    assert not breaker.closed
    assert breaker.failed(101, chance=EVEN).wanted().due_in(101) == 2


def test_an_outage_begins_with_its_first_failure() -> None:
    breaker = failing(1).failed(250, chance=EVEN)
    assert breaker.since == 100
    assert breaker.failures == 2


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 0.999), st.booleans()), min_size=1))
def test_waits_stay_within_their_bounds(history: list[tuple[float, float, bool]]) -> None:
    now, breaker, waits = 0.0, Breaker(), []
    for later, chance, login in history:
        now += later
        breaker = breaker.failed(now, chance=chance, login=login)
        assert 59.9 <= breaker.due_in(now) <= 360.1
        waits.append(breaker.wanted().due_in(now))
    assert all(0.79 <= wait <= 360.1 for wait in waits)
    if not any(login for *_, login in history):
        assert all(after > before * 1.3 or after > 47 for before, after in pairwise(waits))
