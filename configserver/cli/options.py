"""The options that all commands share, and the settings that they lead to."""

import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import click

from configserver.cli.failure import fail
from configserver.errors import SettingsError
from configserver.secret import mask_uris
from configserver.settings import Settings
from configserver.settings.bind import Bound
from configserver.settings.collect import Entry
from configserver.settings.fill import Decrypt
from configserver.settings.load import assignment, load


class _Option(NamedTuple):
    """An option of the command line and the setting behind it."""

    setting: str
    metavar: str
    help: str
    short: tuple[str, ...] = ()


OPTIONS: Final[Mapping[str, _Option]] = MappingProxyType(
    {
        "--git-uri": _Option("spring.cloud.config.server.git.uri", "URI", "Repository to serve."),
        "--port": _Option("server.port", "PORT", "Port.", ("-p",)),
        "--host": _Option("server.address", "ADDRESS", "Address to listen on."),
        "--state-dir": _Option("configserver.state-dir", "DIRECTORY", "Where mirrors are kept."),
        "--label": _Option(
            "spring.cloud.config.server.default-label", "LABEL", "Label if none is asked for."
        ),
        "--search-paths": _Option(
            "spring.cloud.config.server.git.search-paths",
            "PATHS",
            "Folders to search, with commas.",
        ),
    }
)
"""The options that stand for a setting."""


def settings_options(
    *names: str, warn: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `--config`, `--set` and some of OPTIONS; it gets `bound: Bound` for them.

    Bad settings end the process with exit code 2 after all of them were named.

    Args:
        names: keys of OPTIONS.
        warn: print the warnings of the settings on standard error.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def wrapped(config: Path | None, sets: tuple[str, ...], **values: Any) -> None:
            given = {name: values.pop(_variable(name)) for name in names}
            bound = _read(config, sets, given)
            if warn:
                for warning in bound.warnings:
                    click.echo(f"warning: {mask_uris(warning)}", err=True)
            command(bound=bound, **values)

        decorated: Callable[..., None] = click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="NAME=VALUE",
            help="Any other setting; may be repeated.",
        )(wrapped)
        for name in reversed(names):
            option = OPTIONS[name]
            decorated = click.option(
                name, _variable(name), *option.short, metavar=option.metavar, help=option.help
            )(decorated)
        return click.option(
            "--config",
            "-c",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="YAML or .properties file of settings.",
        )(decorated)

    return decorate


def _unlock(settings: Settings) -> Decrypt:
    # What decrypts takes its time to import, and few settings are ciphers.
    from configserver.app.keys.encryption import unlock  # noqa: PLC0415

    return unlock(settings)


def _variable(option: str) -> str:
    """Return the name of an argument that no command has for a purpose of its own."""
    return f"option_{option.removeprefix('--').replace('-', '_')}"


def _read(config: Path | None, sets: tuple[str, ...], given: Mapping[str, str | None]) -> Bound:
    """Return the settings that hold."""
    try:
        entries = [assignment(text) for text in sets]
        for option, text in given.items():
            if text is not None:
                entries.append(Entry(OPTIONS[option].setting, text, option))
        return load(environ=os.environ, file=config, options=entries, unlock=_unlock)
    except SettingsError as error:
        fail(error)
