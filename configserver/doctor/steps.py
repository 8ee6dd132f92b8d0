"""Running steps one after the other, each within a limit of time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from configserver.backends.git.faults import HINTS, Fault
from configserver.doctor.report import Finding, Outcome, Step, StepFailed, Warned
from configserver.errors import ConfigError

T = TypeVar("T")


class Todo(NamedTuple):
    """A step to take: its name, what it does, and how many seconds that may take."""

    name: str
    work: Callable[[], Finding]
    limit: float


def take(todo: Sequence[Todo]) -> Iterator[Step]:
    """Take steps in order; after one that failed the others are skipped."""
    for at, (name, work, limit) in enumerate(todo):
        began = time.monotonic()
        outcome, finding = _attempt(work, limit)
        seconds = time.monotonic() - began
        yield Step(name, outcome, finding.text, finding.details, finding.warnings, seconds)
        if outcome is Outcome.FAILED:
            yield from (Step(later.name, Outcome.SKIPPED) for later in todo[at + 1 :])
            return


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do blocking work in a thread that is left behind if it takes too long.

    Raises:
        TimeoutError: it did.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            errors.append(error)

    thread = threading.Thread(target=run, name="doctor-step", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def _attempt(work: Callable[[], Finding], limit: float) -> tuple[Outcome, Finding]:
    try:
        found = within(limit, work)
    except StepFailed as error:
        return Outcome.FAILED, Finding(error.text, error.details, (Warned(error.why, error.do),))
    except ConfigError as error:
        return _failed(_place(error), error.reason, error.hint)
    except TimeoutError:
        return _failed("", f"it did not end within {limit:g} s", HINTS[Fault.TIMEOUT])
    except Exception as error:  # noqa: BLE001 - the other repositories are still to be examined
        return _failed("", f"unexpected: {_kind(error)}", "report this with the output of --json")
    return (Outcome.WARNING if found.warnings else Outcome.OK), found


def _failed(text: str, why: str, do: str) -> tuple[Outcome, Finding]:
    return Outcome.FAILED, Finding(text, warnings=(Warned(why, do),))


def _place(error: ConfigError) -> str:
    return ":".join(str(part) for part in (error.path, error.line, error.column) if part)


def _kind(error: Any) -> str:
    """Name an error without its text, which may hold anything."""
    return type(error).__name__
