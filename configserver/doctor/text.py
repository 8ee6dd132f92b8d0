"""The report as people read it: a heading per repository, a line per step."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

from configserver.doctor.report import Heading, Outcome, Section, Step

_LOOKS: Final = {
    Outcome.OK: ("ok", "green"),
    Outcome.WARNING: ("warning", "yellow"),
    Outcome.FAILED: ("FAILED", "red"),
    Outcome.SKIPPED: ("skipped", "bright_black"),
}
_OUTCOME, _NAME, _TIME = 7, 15, 7
_INDENT: Final = 2 + _OUTCOME + 1 + _NAME + 1 + _TIME + 2
_LEAST: Final = 24
"""Columns of text below which a narrow terminal's lines are left to it."""


def section_lines(
    heading: Heading, steps: Iterable[Step], taken: list[Step], *, width: int | None
) -> Iterator[str]:
    """Yield a section's lines as its steps come, those that were skipped on one line.

    Args:
        heading: of the section.
        steps: as they are taken.
        taken: to this they are added.
        width: columns to wrap at, None for not at all.
    """
    name = click.style(printable(heading.name), bold=True)
    yield ""
    yield f"{name}  {printable(heading.place)}".rstrip()
    skipped: list[Step] = []
    for step in steps:
        taken.append(step)
        if step.outcome is Outcome.SKIPPED and not step.text:
            skipped.append(step)
        else:
            yield from step_lines(step, width)
    if skipped:
        yield _skipped_line(skipped)


def step_lines(step: Step, width: int | None) -> Iterator[str]:
    """Yield a step's lines.

    Args:
        step: what came of a step.
        width: columns to wrap at, None for not at all.
    """
    word, colour = _LOOKS[step.outcome]
    told = duration(step.seconds)
    loud = step.outcome is Outcome.FAILED or None
    first = (
        f"  {click.style(f'{word:<{_OUTCOME}}', fg=colour, bold=loud)}"
        f" {printable(step.name):<{_NAME}}"
        f" {click.style(f'{told:>{_TIME}}', dim=True)}  "
    )
    texts = [*_wrapped(step.text, width)] or [""]
    yield (first + texts[0]).rstrip()
    indent = " " * _INDENT
    yield from (indent + text for text in texts[1:])
    for detail in step.details:
        yield from (indent + text for text in _wrapped(detail, width, hang="  "))
    for found in step.warnings:
        for label, text in (("why:", found.why), ("do: ", found.do)):
            if text:
                head, *rest = _wrapped(text, width, taken=5)
                yield f"{indent}{click.style(label, fg=colour)} {head}"
                yield from (f"{indent}     {line}" for line in rest)


def summary_line(sections: Sequence[Section]) -> str:
    """Return the last line: what failed, or that nothing did."""
    failed = [
        f"{section.heading.name} ({section.failed.name})" for section in sections if section.failed
    ]
    warned = [section.heading.name for section in sections if section.outcome is Outcome.WARNING]
    if failed:
        text, colour = f"{len(failed)} of {len(sections)} failed: {', '.join(failed)}", "red"
    elif warned:
        text, colour = f"Nothing failed; look at the warnings of {', '.join(warned)}.", "yellow"
    else:
        text, colour = "Everything is fine.", "green"
    return click.style(printable(text), fg=colour, bold=True)


def duration(seconds: float | None) -> str:
    """Write a time for people: `3 ms`, `1.2 s`; nothing if none was measured."""
    if seconds is None:
        return ""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def printable(text: str) -> str:
    """Return a text without what drives a terminal: names of branches come from outside."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _skipped_line(steps: Iterable[Step]) -> str:
    word, colour = _LOOKS[Outcome.SKIPPED]
    names = ", ".join(step.name for step in steps)
    return f"  {click.style(f'{word:<{_OUTCOME}}', fg=colour)} {names}"


def _wrapped(text: str, width: int | None, *, taken: int = 0, hang: str = "") -> list[str]:
    text = printable(text)
    columns = (width or 0) - _INDENT - taken
    if columns < _LEAST:
        return [text] if text else []
    return textwrap.wrap(
        text, columns, subsequent_indent=hang, break_on_hyphens=False, break_long_words=False
    )
