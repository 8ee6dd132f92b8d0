"""The command line; a command's module is imported only when that command is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from configserver import __version__

COMMANDS: Final = ("serve", "config", "get")
"""The commands; each is a function in the module of its name beside this file."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    Exit codes: 0 for success, 1 for what failed, 2 for a bad option or setting.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    build(words)(words, prog_name="configserver")


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application with the command that the arguments name, else with all of them."""
    app = typer.Typer(
        callback=_root,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    asked = arguments[0] if arguments else ""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        command = getattr(import_module(f"{__name__}.{name}"), name)
        app.command(name)(command)
    return app


def _version(asked: bool) -> None:  # noqa: FBT001 - the shape of a typer callback
    if asked:
        typer.echo(f"configserver {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[  # noqa: FBT002 - its callback acts
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Serve configuration from Git, as Spring Cloud Config Server does."""
