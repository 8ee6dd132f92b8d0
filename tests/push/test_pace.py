"""How long the next batch waits; `test_fan.py` shows who is in it."""

import pytest

from configserver.push.delivery.pace import AT_ONCE, Pace, pause


@pytest.mark.parametrize(
    ("pace", "chance", "seconds"),
    [
        (AT_ONCE, 0.5, 0.0),
        (Pace(batch=2, pause=3.0), 0.5, 3.0),
        (Pace(batch=2, pause=3.0, jitter=1.0), 0.0, 3.0),
        (Pace(batch=2, pause=3.0, jitter=1.0), 0.5, 3.5),
        (Pace(jitter=2.0), 0.5, 1.0),
    ],
)
def test_a_pause_is_longer_by_some_of_the_jitter(pace: Pace, chance: float, seconds: float) -> None:
    assert pause(pace, lambda: chance) == seconds
