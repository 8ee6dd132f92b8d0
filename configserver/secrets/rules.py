"""What to look for among the secrets of a file, and what to let pass."""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final, TypeAlias

from configserver.secrets.patterns import Pattern
from configserver.secrets.sites import Site

Try: TypeAlias = Callable[[str], str | None]
"""Decrypts a value; returns the name of its key if that is retired; raises Refused."""

Open: TypeAlias = Callable[[str, bytes], bytes | None]
"""Opens a file by its path and content; raises InvalidFile."""

ALLOW: Final = "configserver:allow-secret"
"""In a comment, on the line of a value or the one before it: what is there may be there."""

_BREAKS: Final = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Rules:
    """What to look for.

    Attributes:
        attempt: tries to decrypt a cipher; None if there are no keys.
        allowed: keys whose values may be plain text.
        open: tries to open a file of SOPS; None if there are no keys for it.
    """

    attempt: Try | None = None
    allowed: tuple[Pattern, ...] = ()
    open: Open | None = None


def is_allowed(site: Site, rules: Rules, lines: Container[int]) -> bool:
    """Say whether a value may be plain text, or is none."""
    if site.is_cipher or site.line in lines:
        return True
    return any(rule.matches(key) for rule in rules.allowed for _, key in site.keys)


def allowed_lines(text: str) -> set[int]:
    """Return the lines, 1-based, that a comment lets pass."""
    if ALLOW not in text:
        return set()
    lines = [n for n, line in enumerate(_BREAKS.split(text), 1) if ALLOW in line]
    return {line for n in lines for line in (n, n + 1)}
