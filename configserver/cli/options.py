"""The options that all commands share, and the settings that they lead to."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer

from configserver.cli.failure import fail
from configserver.errors import SettingsError
from configserver.settings.bind import Bound, Entry
from configserver.settings.load import assignment, load
from configserver.settings.secret import mask_uris

GitUri = Annotated[
    str | None, typer.Option("--git-uri", metavar="URI", help="Repository to serve.")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="YAML or .properties file of settings."),
]
Port = Annotated[str | None, typer.Option("--port", "-p", metavar="PORT", help="Port.")]
Host = Annotated[
    str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")
]
StateDir = Annotated[
    str | None, typer.Option("--state-dir", metavar="DIRECTORY", help="Where mirrors are kept.")
]
DefaultLabel = Annotated[
    str | None, typer.Option("--label", metavar="LABEL", help="Label if none is asked for.")
]
SearchPaths = Annotated[
    str | None,
    typer.Option("--search-paths", metavar="PATHS", help="Folders to search, with commas."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated."),
]

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--git-uri": "spring.cloud.config.server.git.uri",
        "--port": "server.port",
        "--host": "server.address",
        "--state-dir": "configserver.state-dir",
        "--label": "spring.cloud.config.server.default-label",
        "--search-paths": "spring.cloud.config.server.git.search-paths",
    }
)
"""The setting behind each option."""


def read_settings(
    config: Path | None, sets: Sequence[str] | None, options: Mapping[str, str | None]
) -> Bound:
    """Return the settings that hold; warn of names that mean nothing on standard error.

    Bad settings end the process with exit code 2 after all of them were named.
    """
    try:
        entries = [assignment(text) for text in sets or ()]
        for option, text in options.items():
            if text is not None:
                entries.append(Entry(NAMES[option], text, option))
        bound = load(environ=os.environ, file=config, options=entries)
    except SettingsError as error:
        fail(error, code=2)
    for warning in bound.warnings:
        typer.echo(f"warning: {mask_uris(warning)}", err=True)
    return bound
