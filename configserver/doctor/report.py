"""What was found: values and their JSON; pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Warned:
    """What should be looked at although the step went well: why, and what to do."""

    why: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step that did not fail has seen.

    Attributes:
        text: one line.
        details: further lines, such as the names of property sources.
        warnings: what should be looked at.
    """

    text: str
    details: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()


class StepFailed(Exception):
    """The end of a step that failed, and of all steps behind it.

    Attributes:
        text: what was seen, one line.
        why: the reason.
        do: what an operator can do about it.
        details: further lines.
    """

    def __init__(self, text: str, *, why: str, do: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.why = why
        self.do = do
        self.details = details


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an examination.

    Attributes:
        name: such as `connect`.
        outcome: how it ended.
        text: what was seen.
        details: further lines.
        warnings: for a failed step the one reason and remedy, else what to look at.
        seconds: how long it took, None if nothing was measured.
    """

    name: str
    outcome: Outcome
    text: str = ""
    details: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    seconds: float | None = None

    def mapped(self, change: Callable[[str], str]) -> "Step":
        """Return it with a change made to all texts that may come from outside."""
        return replace(
            self,
            text=change(self.text),
            details=tuple(map(change, self.details)),
            warnings=tuple(Warned(change(one.why), change(one.do)) for one in self.warnings),
        )

    def json(self) -> dict[str, Any]:
        """Return it as it is printed with `--json`."""
        return {
            "name": self.name,
            "outcome": self.outcome.value,
            "text": self.text,
            "details": list(self.details),
            "problems": [{"why": found.why, "do": found.do} for found in self.warnings],
            "seconds": None if self.seconds is None else round(self.seconds, 4),
        }


@dataclass(frozen=True, slots=True)
class Heading:
    """What is examined: its name in the settings and where it is, without secrets."""

    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """All steps of one examination."""

    heading: Heading
    steps: tuple[Step, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of its steps."""
        return worst(step.outcome for step in self.steps)

    @property
    def failed(self) -> Step | None:
        """The step that failed, if one did."""
        return next((step for step in self.steps if step.outcome is Outcome.FAILED), None)

    def json(self) -> dict[str, Any]:
        """Return it as it is printed with `--json`."""
        return {
            "name": self.heading.name,
            "place": self.heading.place,
            "outcome": self.outcome.value,
            "steps": [step.json() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was examined, the server's surroundings first."""

    sections: tuple[Section, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of its sections."""
        return worst(section.outcome for section in self.sections)

    def json(self) -> dict[str, Any]:
        """Return it as it is printed with `--json`."""
        return {
            "outcome": self.outcome.value,
            "sections": [section.json() for section in self.sections],
        }


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return FAILED if one is, else WARNING if one is, else OK."""
    found = set(outcomes)
    return next((one for one in (Outcome.FAILED, Outcome.WARNING) if one in found), Outcome.OK)
