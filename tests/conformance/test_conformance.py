"""Every recorded answer of the original is given by `configserver serve` too."""

from collections.abc import Callable, Iterator

import pytest

from tests.conformance.cases import Case, load_answers, load_cases
from tests.conformance.compare import difference, show
from tests.conformance.player import Running

ANSWERS = load_answers()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.id, marks=pytest.mark.xdist_group(case.server))
        for case in load_cases()
    ],
)
def test_answers_as_recorded(case: Case, server_of: Callable[[str], Running]) -> None:
    problems = list(_problems(case, server_of(case.server)))
    assert not problems, "\n".join([case.about, *problems])


def _problems(case: Case, server: Running) -> Iterator[str]:
    for index, request in enumerate(case.requests):
        expected, got = ANSWERS[case.id, index], server.ask(case, request)
        problem = difference(expected, got, request)
        if problem:
            yield f"{request.method} {request.path} {dict(request.headers)}: {problem}"
            yield show(expected, got)
