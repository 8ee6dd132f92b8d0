"""The report as people read it."""

import click
import pytest

from configserver.doctor.report import Heading, Outcome, Section, Step, Warned
from configserver.doctor.text import duration, section_lines, summary_line

OK = Step("connect", Outcome.OK, "192.0.2.7:443 answers", ("192.0.2.6:443: refused",), (), 0.0123)
FAILED = Step("log in", Outcome.FAILED, "with x", (), (Warned("word " * 20, "check it"),), 61.2)
SKIPPED = Step("fetch", Outcome.SKIPPED)


def lines(*steps: Step, width: int | None = None) -> list[str]:
    return list(section_lines(Heading("git", "https://host/x"), steps, [], width=width))


def test_a_section_is_a_heading_and_a_line_per_step() -> None:
    found = [click.unstyle(line) for line in lines(OK, FAILED, SKIPPED, SKIPPED)]
    assert found == [
        "",
        "git  https://host/x",
        "  ok      connect           12 ms  192.0.2.7:443 answers",
        "                                   192.0.2.6:443: refused",
        "  FAILED  log in           61.2 s  with x",
        f"                                   why: {'word ' * 20}",
        "                                   do:  check it",
        "  skipped fetch, fetch",
    ]


def test_lines_are_wrapped_to_the_terminal() -> None:
    found = [click.unstyle(line) for line in lines(FAILED, width=80)]
    assert max(map(len, found)) <= 80
    assert found[4].startswith(" " * 40 + "word")


def test_a_narrow_terminal_wraps_by_itself() -> None:
    assert lines(FAILED, width=50) == lines(FAILED)


def test_outcomes_have_colours() -> None:
    assert "\x1b[32mok" in lines(OK)[2]
    assert "\x1b[31m\x1b[1mFAILED" in lines(FAILED)[2]


def test_what_comes_from_outside_does_not_drive_the_terminal() -> None:
    odd = Step("\x1b[2J", Outcome.OK, "\x1b]0;title\x07", ("\u202eabc",), (Warned("\r", "\n"),), 0)
    text = click.unstyle("".join(lines(odd)))
    assert text.isprintable()
    assert "\\x1b]0;title\\x07" in text


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ((OK,), "Everything is fine."),
        ((OK, FAILED), "1 of 1 failed: git (log in)"),
        ((Step("a", Outcome.WARNING),), "Nothing failed; look at the warnings of git."),
    ],
)
def test_the_last_line_says_what_failed(steps: tuple[Step, ...], text: str) -> None:
    assert click.unstyle(summary_line([Section(Heading("git"), steps)])) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.0004, "0 ms"), (0.9994, "999 ms"), (1.04, "1.0 s")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
