"""Nobody who watches misses the newest state, whatever goes wrong, nor hears of what is not his.

Forty random commits and faults for each way between two servers; `python -m tests.server.chaos`
does the same for longer.
"""

from pathlib import Path

import pytest

from tests.peers.processes import program
from tests.server.chaos.run import Plan, chaos
from tests.server.chaos.stage import WAYS

MARKS = {
    "rabbitmq": [pytest.mark.xdist_group("rabbitmq")],
    "kafka": [pytest.mark.xdist_group("kafka"), pytest.mark.java],
}
"""A broker that takes seconds to start is not started beside another one of its kind."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", [pytest.param(way, marks=MARKS.get(way, [])) for way in WAYS])
async def test_watchers_hold_the_newest_state_after_faults(way: str, tmp_path: Path) -> None:
    program("git")
    report = await chaos(tmp_path, Plan(way, commits=40, seed=1, pause=0.1))
    assert report.missed == []
    assert report.wrong == []
    assert report.faults
    assert report.told["change"] > 20
