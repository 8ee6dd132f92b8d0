"""When something that failed is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.delivery.retries import FOR_EVER, Retries, pause

CHANCES = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("tries", "elapsed", "after", "expected"),
    [
        (1, 0.0, None, 0.5),
        (2, 0.0, None, 1.0),
        (5, 0.0, None, 8.0),
        (9, 0.0, None, 30.0),
        (10, 0.0, None, None),
        (1, 599.4, None, 0.5),
        (1, 599.6, None, None),
        (1, 0.0, 20.0, 20.0),
        (9, 0.0, 20.0, 30.0),
        (1, 0.0, 3600.0, 60.0),
        (1, 590.0, 60.0, None),
        (1, 0.0, -5.0, 0.5),
    ],
)
def test_the_schedule(
    tries: int, elapsed: float, after: float | None, expected: float | None
) -> None:
    found = pause(Retries(), tries, elapsed=elapsed, chance=0.5, after=after)
    assert found == expected


@given(st.integers(1, 10_000), CHANCES)
def test_what_is_tried_for_ever_never_ends_and_never_waits_long(tries: int, chance: float) -> None:
    wait = pause(FOR_EVER, tries, elapsed=1e9, chance=chance)
    assert wait is not None
    assert 0 <= wait <= FOR_EVER.longest


@given(st.lists(CHANCES, min_size=20, max_size=20), st.floats(0, 60), st.floats(0, 100))
def test_tries_end_within_both_limits(chances: list[float], took: float, after: float) -> None:
    """However long each try takes and whatever the other side asks for."""
    retries, elapsed, tries = Retries(), 0.0, 0
    for chance in chances:
        tries += 1
        elapsed += took
        wait = pause(retries, tries, elapsed=elapsed, chance=chance, after=after)
        if wait is None:
            break
        elapsed += wait
    assert tries <= retries.tries
    assert elapsed <= retries.seconds + took
