"""`${NAME:default}` in the values of a settings file."""

import re
from collections.abc import Callable
from typing import Final

from configserver.errors import SettingsError

_MAX_DEPTH: Final = 32

_ONE: Final = re.compile(r"\$\{[^{}]*\}")
_OPEN: Final = re.compile(r"(\\?)\$\{")

Lookup = Callable[[str], str | None]


def resolve(text: str, lookup: Lookup, *, depth: int = 0) -> str:
    r"""Fill the placeholders of a text; one that nothing fills stays, `\${` becomes `${`.

    Names and defaults may hold placeholders themselves, and so may what is looked up.

    Raises:
        SettingsError: a value needs itself, or placeholders are nested without end.
    """
    if depth > _MAX_DEPTH:
        raise SettingsError("a placeholder needs itself, or is nested too deeply")
    done: list[str] = []
    at = 0
    while found := _OPEN.search(text, at):
        done.append(text[at : found.start()])
        end = _end(text, found.end())
        if end is None:
            done.append(found[0])
            at = found.end()
            continue
        inner = text[found.end() : end]
        if found[1]:
            done.append("${" + resolve(inner, lookup, depth=depth + 1) + "}")
        else:
            done.append(_fill(inner, lookup, depth=depth + 1))
        at = end + 1
    return "".join((*done, text[at:]))


def is_unfilled(text: str) -> bool:
    """Say whether a text is a placeholder, and nothing else, after all have been filled."""
    return _ONE.fullmatch(text) is not None


def _fill(inner: str, lookup: Lookup, *, depth: int) -> str:
    inner = resolve(inner, lookup, depth=depth)
    name, colon, default = inner.partition(":")
    value = lookup(name)
    if value is not None:
        return resolve(value, lookup, depth=depth)
    return default if colon else f"${{{inner}}}"


def _end(text: str, start: int) -> int | None:
    """Return where the brace that was opened before `start` is closed, None if it is not."""
    open_braces = 1
    for at in range(start, len(text)):
        open_braces += {"{": 1, "}": -1}.get(text[at], 0)
        if not open_braces:
            return at
    return None
