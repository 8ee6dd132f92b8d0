"""How a command says that it failed."""

from typing import NoReturn

import click

from configserver.errors import ConfigError, SettingsError
from configserver.secret import mask_uris


def fail(error: ConfigError, *, code: int | None = None) -> NoReturn:
    """Print status, reasons with their places, and the hint to standard error; end with a code.

    Without a given one that is 2 for a setting, else 1.
    """
    of_settings = isinstance(error, SettingsError)
    what = "error" if of_settings else f"error {error.status}"
    code = code or (2 if of_settings else 1)
    for line in str(error).splitlines():
        click.echo(f"{what}: {mask_uris(line)}", err=True)
    if error.repository or error.version:
        place = " at ".join(part for part in (error.repository, error.version) if part)
        click.echo(f"  in: {mask_uris(place)}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    raise click.exceptions.Exit(code)


def refuse(error: ConfigError, *, code: int = 1) -> NoReturn:
    """Print the reason with its place, and the hint, to standard error; end with a code.

    For commands that have nothing to do with answers of a server, so without a status.
    """
    click.echo(f"error: {mask_uris(str(error))}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    raise click.exceptions.Exit(code)
