"""A few random repositories are asked of ours and of the original; `fuzz` asks thousands."""

import pytest

from tests.differential.fuzz import case_row, explore
from tests.differential.servers import started
from tests.reference.reference import Unavailable, jar

COUNT = 25


@pytest.mark.java
@pytest.mark.timeout(900)
def test_ours_agrees_with_the_original() -> None:
    try:
        jar()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with started() as servers:
        rows = list(explore(servers, seed=1, numbers=range(COUNT)))
    assert len(rows) == COUNT
    problems = [
        case_row(f"found-{number}", one, problem)
        for number, found, _ in rows
        for one, problem in found
    ]
    assert problems == []
