"""`configserver doctor`: tries what is configured, step by step, and says what to do."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

import click

from configserver.app.access import access_of
from configserver.app.keys.sops import opener_of
from configserver.cli.failure import fail
from configserver.cli.options import settings_options
from configserver.doctor.examine import Told, examine_all
from configserver.doctor.plan import origins_of, surroundings, targets_of
from configserver.doctor.report import Heading, Outcome, Report, Section, Step
from configserver.doctor.steps import take
from configserver.doctor.targets import Sample
from configserver.doctor.text import section_lines, summary_line
from configserver.errors import ConfigError
from configserver.logs import configure
from configserver.settings.bind import Bound

WIDEST: Final = 120
"""Columns beyond which lines are hard to read."""


@click.command()
@click.option("--application", "-a", metavar="APP", help="Application of the sample.")
@click.option("--profile", "-p", metavar="PROFILE", help="Profile of the sample.")
@click.option("--label", "-l", metavar="LABEL", help="Branch, tag or commit of the sample.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@settings_options("--git-uri", "--state-dir", "--search-paths", warn=False)
def doctor(
    *,
    application: str | None,
    profile: str | None,
    label: str | None,
    as_json: bool,
    bound: Bound,
) -> None:
    """Try each configured repository step by step; say what fails, why, and what to do.

    Nothing is written to a repository or to the state directory. Exit code 1: a step failed.
    """
    configure(bound.settings.own.log_format, quiet=True)
    if label and "," in label:
        raise click.BadParameter("give one label", param_hint="--label")
    sample = Sample(application, profile, label)
    try:
        sample.query()
        opener = opener_of(bound.settings.sops)
        found = targets_of(bound.settings, origins_of(bound), access_of)
        targets = [replace(target, opener=opener) for target in found]
    except ConfigError as error:
        fail(error, code=2)
    told = chain(
        [(Heading("server"), take(surroundings(bound, targets)))], examine_all(targets, sample)
    )
    sections = [_collected(one) for one in told] if as_json else list(_printed(told))
    report = Report(tuple(sections))
    if as_json:
        click.echo(json.dumps(report.json(), indent=2))
    else:
        _echo(f"\n{summary_line(sections)}")
    if report.outcome is Outcome.FAILED:
        raise click.exceptions.Exit(1)


def _collected(told: Told) -> Section:
    heading, steps = told
    return Section(heading, tuple(steps))


def _printed(told: Iterable[Told]) -> Iterator[Section]:
    """Print each step as soon as it is its turn."""
    width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else None
    for heading, steps in told:
        taken: list[Step] = []
        for line in section_lines(heading, steps, taken, width=width):
            _echo(line)
        yield Section(heading, tuple(taken))


def _echo(line: str) -> None:
    """Print a line, with its colours on a terminal unless NO_COLOR is set."""
    click.echo(line, color=False if os.environ.get("NO_COLOR") else None)
