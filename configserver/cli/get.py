"""`configserver get`: an environment on the command line, without a server."""

import asyncio
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import typer

from configserver.app import open_service
from configserver.cli.example import with_example
from configserver.cli.failure import fail
from configserver.cli.options import (
    Config,
    GitUri,
    SearchPaths,
    Sets,
    StateDir,
    read_settings,
)
from configserver.cli.rows import Row, one_line, print_table, rows
from configserver.cli.shell import assignments
from configserver.errors import ConfigError
from configserver.logs import configure
from configserver.model import Environment
from configserver.query import Query
from configserver.render import flat
from configserver.settings import Settings


class Format(StrEnum):
    """What to print."""

    YML = "yml"
    JSON = "json"
    PROPERTIES = "properties"
    ENV = "env"
    TABLE = "table"


App = Annotated[str, typer.Argument(metavar="APP", help="Application.")]
Profile = Annotated[str, typer.Argument(metavar="PROFILE", help="Profiles, with commas.")]
Label = Annotated[
    str | None, typer.Option("--label", "-l", metavar="LABEL", help="Branch, tag or commit.")
]
Output = Annotated[Format, typer.Option("--format", "-f", help="What to print.")]


def get(  # noqa: PLR0913 - one argument for each option
    app: App,
    profile: Profile = "default",
    *,
    label: Label = None,
    output: Output = Format.YML,
    git_uri: GitUri = None,
    config: Config = None,
    state_dir: StateDir = None,
    search_paths: SearchPaths = None,
    sets: Sets = None,
) -> None:
    """Print the configuration of an application, as the server would answer."""
    options = {"--git-uri": git_uri, "--state-dir": state_dir, "--search-paths": search_paths}
    settings = read_settings(config, sets, options).settings
    configure(settings.own.log_format, quiet=True)
    try:
        query = Query.parse(app, profile, label)
        environment = asyncio.run(_find(with_example(settings), query))
        _print(environment, output, settings)
    except ConfigError as error:
        fail(error)


async def _find(settings: Settings, query: Query) -> Environment:
    async with open_service(settings) as service:
        return await service.environment(query)


def _print(environment: Environment, output: Format, settings: Settings) -> None:
    match output:
        case Format.TABLE:
            print_table(rows(environment))
        case Format.ENV:
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
            typer.echo(f"warning: '{one_line(key)}' has no variable of its own", err=True)
        else:
            typer.echo(line)
