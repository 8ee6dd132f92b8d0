"""Secrets from files, standard input and the terminal."""

import sys
from pathlib import Path
from typing import Final

import click

from configserver.doctor.text import printable
from configserver.errors import SettingsError
from configserver.settings.modes import readers_of

MAX_BYTES: Final = 8 * 1024 * 1024
"""A text beyond this is a mistake."""

_LONGEST: Final = 1023 if sys.platform == "darwin" else 4095
"""Bytes of a line that a terminal hands on; what is beyond is dropped without a word."""

_FIRST: Final = "-----BEGIN "
_LAST: Final = "-----END "
"""How the first and the last line of a key begin."""


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, or of standard input for `-`.

    Raises:
        SettingsError: it cannot be read, or is too large.
    """
    try:
        if path == Path("-"):
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or type(error).__name__}"
        raise SettingsError(reason, path=str(path)) from None
    if len(data) > MAX_BYTES:
        raise SettingsError(f"more than {MAX_BYTES} bytes", path=str(path))
    return data


def warn_of_readers(path: Path) -> None:
    """Say on standard error if others can read a file of a secret."""
    if path != Path("-") and (found := readers_of(path)):
        click.echo(f"warning: {printable(found)}", err=True)


def read_secret(path: Path) -> str:
    """Return the text of a file, or of standard input for `-`; warn if others can read it.

    Raises:
        SettingsError: it cannot be read, or is no UTF-8.
    """
    warn_of_readers(path)
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise SettingsError("the file is no text in UTF-8", path=str(path)) from None


def ask(label: str, *, hidden: bool = True, twice: bool = False) -> str:
    """Return what is typed at the terminal.

    Raises:
        UsageError: it is the first of several lines, or as long as the longest that a terminal
            hands on; the rest is lost.
    """
    text: str = click.prompt(label, hide_input=hidden, confirmation_prompt=twice, err=True)
    first = text.startswith(_FIRST) and _LAST not in text
    if first or len(text.encode("utf-8", "surrogateescape")) >= _LONGEST:
        raise click.UsageError(
            f"only a part of it was read: a terminal hands on one line of {_LONGEST} bytes;"
            " give it in a file, or through a pipe"
        )
    return text


def one_line(text: str) -> str:
    """Return a text without the one line end that editors and `echo` put behind it."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
