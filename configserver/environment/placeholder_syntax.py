r"""The syntax of placeholders: `${key:default}`, nested, with `\` as escape.

As Spring's `PlaceholderParser` reads it, in time linear in the text for each level of nesting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union

from configserver.errors import Unrenderable

MAX_NESTING = 60
"""How deep placeholders may stand in each other."""

_BRACE = re.compile(r"[{}]")
_SEPARATOR = re.compile(r"(?<!\\):")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `${…}`.

    Attributes:
        key: what to look up, made of parts.
        default: what stands in for a key that is not there, None without a `:`.
        verbatim: the whole text between the braces if that is to be looked up first.
    """

    key: tuple["Part", ...]
    default: tuple["Part", ...] | None
    verbatim: str | None = None


Part: TypeAlias = Union[str, Placeholder]  # noqa: UP007 - the class is named by a string above


def parse(text: str) -> tuple[Part, ...]:
    """Split a text into plain pieces and placeholders.

    A `${` without its `}` is plain text; braces within a placeholder must balance.

    Raises:
        Unrenderable: more than MAX_NESTING placeholders stand in each other.
    """
    return _parse(text, 0, len(text), _closing(text), 0)


def _closing(text: str) -> Mapping[int, int]:
    """Map the index of each `${` to that of its `}`."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for match in _BRACE.finditer(text):
        at = match.start()
        if text[at] == "{":
            opened.append(at)
        elif opened:
            pairs[opened.pop() - 1] = at
    return pairs


def _parse(
    text: str, start: int, end: int, closing: Mapping[int, int], depth: int
) -> tuple[Part, ...]:
    if depth > MAX_NESTING:
        raise Unrenderable(f"more than {MAX_NESTING} placeholders stand in each other")
    parts: list[Part] = []
    plain: list[str] = []
    position = start
    at = text.find("${", start, end)
    while at != -1:
        close = closing.get(at)
        following = at + 2
        if close is not None and at > start and text[at - 1] == "\\":
            plain.append(text[position : at - 1])
            position = at
        elif close is not None:
            _flush(parts, plain, text[position:at])
            parts.append(_placeholder(text, at + 2, close, closing, depth))
            position = following = close + 1
        at = text.find("${", following, end)
    _flush(parts, plain, text[position:end])
    return tuple(parts)


def _flush(parts: list[Part], plain: list[str], last: str) -> None:
    """Move the pieces of plain text since the last placeholder to the parts, as one."""
    text = "".join((*plain, last))
    plain.clear()
    if text:
        parts.append(text)


def _placeholder(
    text: str, start: int, end: int, closing: Mapping[int, int], depth: int
) -> Placeholder:
    inner = text[start:end]
    if "${" not in inner:
        key, default = _split(inner)
        return Placeholder(
            key=(key,),
            default=None if default is None else (default,),
            verbatim=inner if inner != key else None,
        )
    parts = _parse(text, start, end, closing, depth + 1)
    for index, part in enumerate(parts):
        if isinstance(part, str) and (split := _split(part))[1] is not None:
            keys = (*_unescaped(parts[:index]), split[0])
            return Placeholder(keys, (split[1], *parts[index + 1 :]))
    return Placeholder(_unescaped(parts), None)


def _unescaped(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(_split(part)[0] if isinstance(part, str) else part for part in parts)


def _split(text: str) -> tuple[str, str | None]:
    r"""Split at the first `:` without a backslash before it; `\:` becomes `:` in the key."""
    match = _SEPARATOR.search(text)
    if match is None:
        return text.replace("\\:", ":"), None
    return text[: match.start()].replace("\\:", ":"), text[match.end() :]
