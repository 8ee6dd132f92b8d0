"""`configserver get`: an environment on the command line, without a server."""

import asyncio
import sys
from collections.abc import Iterable
from typing import Final

import click

from configserver.app import open_service
from configserver.cli.example import with_example
from configserver.cli.failure import fail
from configserver.cli.options import settings_options
from configserver.cli.rows import Row, print_table, rows
from configserver.cli.shell import assignments
from configserver.doctor.text import printable
from configserver.errors import ConfigError
from configserver.logs import configure
from configserver.model import Environment
from configserver.query import Query
from configserver.render import flat
from configserver.settings import Settings
from configserver.settings.bind import Bound

FORMATS: Final = ("yml", "json", "properties", "env", "table")


@click.command()
@click.argument("application", metavar="APP")
@click.argument("profile", default="default")
@click.option("--label", "-l", metavar="LABEL", help="Branch, tag or commit.")
@click.option(
    "--format", "-f", "output", type=click.Choice(FORMATS), default="yml", help="What to print."
)
@settings_options("--git-uri", "--state-dir", "--search-paths")
def get(application: str, profile: str, *, label: str | None, output: str, bound: Bound) -> None:
    """Print the configuration of an application, as the server would answer."""
    configure(bound.settings.own.log_format, quiet=True)
    try:
        query = Query.parse(application, profile, label)
        environment = asyncio.run(_find(with_example(bound.settings), query))
        _print(environment, output, bound.settings)
    except ConfigError as error:
        fail(error)


async def _find(settings: Settings, query: Query) -> Environment:
    async with open_service(settings) as service:
        return await service.environment(query)


def _print(environment: Environment, output: str, settings: Settings) -> None:
    match output:
        case "table":
            print_table(rows(environment))
        case "env":
            _print_variables(rows(environment))
        case _:
            strip = settings.serving.strip_document_from_yaml
            body = flat(environment, output, strip_document=strip)
            sys.stdout.buffer.write(body)
            if sys.stdout.isatty() and not body.endswith(b"\n"):
                sys.stdout.buffer.write(b"\n")


def _print_variables(found: Iterable[Row]) -> None:
    for key, line in assignments({row.key: row.value for row in found}):
        if line is None:
            click.echo(f"warning: '{printable(key)}' has no variable of its own", err=True)
        else:
            click.echo(line)
