"""How many are told when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.delivery.pace import AT_ONCE, Pace, spread


@pytest.mark.parametrize(
    ("pace", "count", "expected"),
    [
        (AT_ONCE, 5, [(0.0, 5)]),
        (AT_ONCE, 0, []),
        (Pace(batch=2, pause=3.0), 5, [(0.0, 2), (3.0, 2), (3.0, 1)]),
        (Pace(batch=2, pause=3.0, jitter=1.0), 4, [(0.0, 2), (3.5, 2)]),
        (Pace(batch=9, pause=3.0), 5, [(0.0, 5)]),
    ],
)
def test_batches_come_after_their_pauses(
    pace: Pace, count: int, expected: list[tuple[float, int]]
) -> None:
    found = spread(range(count), pace, lambda: 0.5)
    assert [(delay, len(batch)) for delay, batch in found] == expected


@given(st.lists(st.integers()), st.integers(0, 7))
def test_everybody_is_told_once_and_in_order(items: list[int], batch: int) -> None:
    found = list(spread(items, Pace(batch=batch, pause=1.0), lambda: 0.0))
    assert [item for _, part in found for item in part] == items
    assert all(part and (not batch or len(part) <= batch) for _, part in found)
