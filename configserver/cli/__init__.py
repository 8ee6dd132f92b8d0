"""The command line; a command's module is imported only when that command is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from configserver import __version__

COMMANDS: Final = (
    *("serve", "config", "get", "watch", "doctor"),
    *("encrypt", "decrypt", "encrypt-file", "keygen", "rekey", "secrets"),
)
"""The commands; each is a function in the module of its name beside this file, `-` being `_`."""


class _Commands(click.Group):
    """Finds a command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same for all
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="configserver", message="%(prog)s %(version)s")
def cli() -> None:
    """Serve configuration from Git, as Spring Cloud Config Server does."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    Exit codes: 0 for success, 1 for what failed, 2 for a bad option or setting.
    """
    cli(list(sys.argv[1:] if arguments is None else arguments), prog_name="configserver")
