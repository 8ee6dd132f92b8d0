"""`configserver decrypt`: the text of a value in a configuration file."""

import sys
from pathlib import Path

import click

from configserver.cli.failure import refuse
from configserver.cli.keys import KeySource, key_options
from configserver.cli.secret_input import ask, read_secret
from configserver.errors import InvalidRequest, SettingsError
from configserver.secret import MASK
from configserver.secrets.texts import Refused, unquoted


@click.command(short_help="Get the text of a cipher.")
@click.argument("value", required=False)
@key_options()
@click.option("--show", is_flag=True, help="Print the text on a terminal, too.")
@click.option("--exact", is_flag=True, help="Put no line end behind the text.")
def decrypt(value: str | None, *, source: KeySource, show: bool, exact: bool) -> None:
    """Decrypt VALUE, or standard input for `-`; without it, ask for it.

    It may have quotes around it and {cipher} before it. Exit code 1: no key made it.
    """
    if source.reads_stdin and (value == "-" or (value is None and not sys.stdin.isatty())):
        raise click.UsageError("standard input cannot be both the key and the value")
    keys = source.open()
    try:
        text = keys.decrypt(unquoted(_value(value)))
    except SettingsError as error:
        refuse(error, code=2)
    except Refused as error:
        hint = f"the key came from {keys.origin}"
        refuse(InvalidRequest(f"cannot decrypt: {error}", hint=hint))
    if sys.stdout.isatty() and not show:
        click.echo(MASK)
        click.echo("note: it was decrypted; --show prints it", err=True)
        return
    try:
        sys.stdout.buffer.write(text.encode() + (b"" if exact else b"\n"))
    except UnicodeEncodeError:
        refuse(InvalidRequest("the text cannot be written in UTF-8"))


def _value(given: str | None) -> str:
    """Return the value to decrypt.

    Raises:
        SettingsError: standard input is no text.
    """
    if given not in {None, "-"}:
        return given or ""
    if given is None and sys.stdin.isatty():
        return ask("Value", hidden=False)
    return read_secret(Path("-"))
