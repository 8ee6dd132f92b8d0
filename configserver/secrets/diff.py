"""What changes in a file, line by line, without any plain text."""

from collections.abc import Iterator, Mapping

from configserver.secret import MASK
from configserver.secrets.sites import Site, Source, written

_CONTEXT = 200
"""Characters of a line that are shown."""


def masked_diff(source: Source, changes: Mapping[Site, str]) -> Iterator[str]:
    """Yield a line with `-` and one with `+` for each value.

    Of what stands around it only its key is taken over: a comment or a neighbour may hold a
    secret, too.
    """
    for site in sorted(changes, key=lambda one: one.start):
        key = source.text[_line_start(source.text, site.start) : site.start]
        indent = key[: len(key) - len(key.lstrip())]
        yield f"-{indent}{site.key}: {MASK}"
        yield f"+{indent}{site.key}: {_short(written(site, changes[site]).strip())}"


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _short(text: str) -> str:
    return text if len(text) <= _CONTEXT else f"{text[:_CONTEXT]}…"
