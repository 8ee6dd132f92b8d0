"""The suite says what the original says: some recorded cases are asked again."""

import pytest

from tests.conformance.cases import load_answers, load_cases
from tests.conformance.compare import difference
from tests.reference.record import record
from tests.reference.reference import Unavailable

AGAIN = {"yaml-bool", "flat-fold-plain", "props-array", "place-nested", "order-names", "lab-weird"}


@pytest.mark.java
@pytest.mark.timeout(600)
def test_original_still_answers_so() -> None:
    cases = [case for case in load_cases() if case.id in AGAIN]
    recorded = load_answers()
    try:
        answers = list(record(cases))
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert {case.id for case, _, _ in answers} == AGAIN
    for case, index, answer in answers:
        request = case.requests[index]
        assert difference(recorded[case.id, index], answer, request) is None, (case.id, request)
