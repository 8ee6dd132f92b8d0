"""Whom a destination means: Ant patterns with `:`, as Spring Cloud Bus matches them.

An instance's bus id is `app:port:random`, or `app:profiles:port:random` with active profiles.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

SEPARATOR: Final = ":"

_T = TypeVar("_T")

_VARIABLE: Final = re.compile(r"\{[^{}]+\}")


def concerns(destination: str, bus_id: str) -> bool:
    """Say whether the instance of a bus id obeys events to a destination.

    A blank destination means everybody. If the second part of the id is a list of profiles, each
    of them alone will do.
    """
    if not destination.strip():
        return True
    return any(matches(destination, one) for one in (bus_id, *_by_profile(bus_id)))


def matches(pattern: str, text: str) -> bool:
    """Match as Spring's `AntPathMatcher` does with the separator `:`.

    `?` is one character, `*` any number of them within a part, `**` any number of parts. Takes time
    by the product of both lengths at most, whatever the pattern is.
    """
    if pattern.startswith(SEPARATOR) != text.startswith(SEPARATOR):
        return False
    parts, found = _parts(pattern), _parts(text)
    if _wild(parts, found, any_number="**", fits=_part_matches):
        last = parts[-1] if parts else ""
        return last == "**" or pattern.endswith(SEPARATOR) == text.endswith(SEPARATOR)
    # `a:*` means `a:` as well, but for `**` before it.
    return (
        parts[-1:] == ["*"]
        and "**" not in parts
        and text.endswith(SEPARATOR)
        and _wild(parts[:-1], found, any_number="**", fits=_part_matches)
    )


def _by_profile(bus_id: str) -> list[str]:
    parts = _parts(bus_id)
    profiles = [one for one in parts[1].split(",") if one] if len(parts) > 1 else []
    if len(profiles) < 2:
        return []
    return [SEPARATOR.join((parts[0], profile, *parts[2:])) for profile in profiles]


def _parts(text: str) -> list[str]:
    return [part for part in text.split(SEPARATOR) if part]


def _part_matches(pattern: str, text: str) -> bool:
    glob = _VARIABLE.sub("*", pattern)
    return _wild(glob, text, any_number="*", fits=lambda one, other: one in ("?", other))


def _wild(
    pattern: Sequence[_T], found: Sequence[_T], *, any_number: _T, fits: Callable[[_T, _T], bool]
) -> bool:
    """Match a sequence: of wildcards, only the last one met ever has to be tried again."""
    at = place = 0
    star, tried = -1, 0
    while place < len(found):
        if at < len(pattern) and pattern[at] == any_number:
            star, tried = at, place
            at += 1
        elif at < len(pattern) and fits(pattern[at], found[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            tried += 1
            at, place = star + 1, tried
        else:
            return False
    return all(one == any_number for one in pattern[at:])
