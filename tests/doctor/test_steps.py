"""Steps run one after the other; each ends in time."""

import threading
import time

import pytest

from configserver.doctor.report import Finding, Outcome, StepFailed, Warned
from configserver.doctor.steps import Todo, take, within
from configserver.errors import InvalidFile


def fails(error: Exception) -> Todo:
    def work() -> Finding:
        raise error

    return Todo("fails", work, 1)


def test_after_a_failure_the_others_are_skipped() -> None:
    steps = list(
        take(
            [
                Todo("first", lambda: Finding("seen", ("more",)), 1),
                Todo("second", lambda: Finding("seen", warnings=(Warned("hm", "look"),)), 1),
                fails(StepFailed("no", why="because", do="help")),
                Todo("last", lambda: Finding("never"), 1),
            ]
        )
    )
    assert [step.outcome.value for step in steps] == ["ok", "warning", "failed", "skipped"]
    assert steps[2].warnings == (Warned("because", "help"),)
    assert steps[3].text == ""
    assert steps[3].seconds is None


def test_an_error_of_the_program_tells_place_reason_and_hint() -> None:
    error = InvalidFile("does not parse", path="a.yml", line=3, hint="correct it")
    (step,) = take([fails(error)])
    assert (step.text, step.warnings) == ("a.yml:3", (Warned("does not parse", "correct it"),))


def test_an_unforeseen_error_is_named_without_its_text() -> None:
    (step,) = take([fails(RuntimeError("canary"))])
    assert step.outcome is Outcome.FAILED
    assert "canary" not in str(step)


def test_a_step_that_hangs_ends_in_time() -> None:
    released = threading.Event()

    def work() -> Finding:
        released.wait(60)
        return Finding("")

    began = time.monotonic()
    (step,) = take([Todo("hangs", work, 0.1)])
    assert time.monotonic() - began < 20
    released.set()
    assert step.outcome is Outcome.FAILED
    assert step.warnings[0].why == "it did not end within 0.1 s"


def test_errors_reach_the_caller() -> None:
    def work() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        within(1, work)
