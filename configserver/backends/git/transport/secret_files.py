"""Secrets in files, as orchestrators mount and rotate them."""

from pathlib import Path
from typing import Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.secret import Secret

_MOST: Final = 64 << 10


def read_secret(path: str) -> Secret:
    """Return what a file holds now, without the newline at its end.

    It is read each time: that costs what looking for a change would, and sees every change.

    Raises:
        Unreachable: the file cannot be read, is empty or is no text.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MOST).decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _unusable(path, "is no text in UTF-8") from None
    if not text:
        raise _unusable(path, "is empty")
    return Secret(text)


def _unusable(path: str, why: str) -> Unreachable:
    return Unreachable(f"the file {path} {why}", fault=Fault.CREDENTIALS)
