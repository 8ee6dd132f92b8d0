"""`configserver encrypt`: a text becomes a value for a configuration file."""

import sys
from pathlib import Path

import click

from configserver.cli.failure import refuse
from configserver.cli.keys import KeySource, key_options
from configserver.cli.secret_input import ask, one_line, read_secret
from configserver.encryption import Unencryptable
from configserver.errors import ConfigError, InvalidRequest
from configserver.secrets.sites import CIPHER

REMEMBERED = (
    "warning: the shell remembers this text, and others may see it in the list of processes;"
    " leave it out to be asked for it, or use -"
)


@click.command(short_help="Make a cipher of a text.")
@click.argument("text", required=False)
@key_options()
@click.option("--bare", is_flag=True, help="Leave {cipher} out, as POST /encrypt does.")
@click.option("--exact", is_flag=True, help="Keep the line end at the end of standard input.")
def encrypt(text: str | None, *, source: KeySource, bare: bool, exact: bool) -> None:
    """Encrypt TEXT, or standard input for `-`; without it, ask for it.

    Prints `{cipher}…`, which goes into YAML in quotes, into .properties without.
    """
    if source.reads_stdin and (text == "-" or (text is None and not sys.stdin.isatty())):
        raise click.UsageError("standard input cannot be both the key and the text")
    keys = source.open(confirm=True)
    if keys.note:
        click.echo(f"warning: {keys.note}", err=True)
    try:
        value = keys.encrypt(_text(text, exact=exact))
    except ConfigError as error:
        refuse(error, code=2)
    except Unencryptable as error:
        refuse(InvalidRequest(str(error)))
    click.echo(value.removeprefix(CIPHER) if bare else value)


def _text(given: str | None, *, exact: bool) -> str:
    """Return the text to encrypt.

    Raises:
        SettingsError: standard input is no text.
    """
    if given not in {None, "-"}:
        click.echo(REMEMBERED, err=True)
        return given or ""
    if given is None and sys.stdin.isatty():
        return ask("Text")
    text = read_secret(Path("-"))
    if exact or text == one_line(text):
        return text
    click.echo("note: the line end at the end was left out; --exact keeps it", err=True)
    return one_line(text)
