"""Configuration as lines `NAME='value'` that a shell can evaluate."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from configserver.errors import Unrenderable

_NOT_OURS: Final = re.compile(
    r"(LD_|DYLD_|BASH_).*"
    r"|PATH|IFS|ENV|CDPATH|PROMPT_COMMAND|PS[0-4]|SHELLOPTS|BASHOPTS|UID|EUID|PPID|GROUPS|_+"
)
"""Names by which a value would become a command, or that a shell does not let anyone set."""


def variable_name(key: str) -> str:
    """Return the variable of a key: `a.hikari-pool[0]` is `A_HIKARIPOOL_0`, as Spring reads it.

    Dashes go, what is neither a letter nor a digit of ASCII becomes `_`, and a leading digit gets
    a `_` in front.
    """
    plain = re.sub(r"\[(\d+)\]", r".\1", key.replace("-", ""))
    name = re.sub(r"[^A-Za-z0-9]", "_", plain).upper()
    return f"_{name}" if name[:1].isdigit() or not name else name


def assignments(values: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield each key with its line, or with None if it has none.

    That is so if an earlier key has the same name, or if the name means something to the shell or
    the loader, such as `PATH`.

    Raises:
        Unrenderable: a value holds NUL, which no variable can.
    """
    seen: set[str] = set()
    for key, value in values.items():
        name = variable_name(key)
        if name in seen or _NOT_OURS.fullmatch(name):
            yield key, None
            continue
        if "\0" in value:
            raise Unrenderable(f"the value of '{key}' holds NUL, which no variable can")
        seen.add(name)
        yield key, f"{name}={quoted(value)}"


def quoted(value: str) -> str:
    """Return a value in single quotes, inside which a shell interprets nothing."""
    return "'" + value.replace("'", "'\\''") + "'"
