"""Secrets from files and standard input."""

import sys
from pathlib import Path
from typing import Final

import click

from configserver.doctor.text import printable
from configserver.errors import SettingsError
from configserver.settings.modes import readers_of

MAX_BYTES: Final = 8 * 1024 * 1024
"""A text beyond this is a mistake."""


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


def one_line(text: str) -> str:
    """Return a text without the one line end that editors and `echo` put behind it."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
