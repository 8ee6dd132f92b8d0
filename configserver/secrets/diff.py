"""What changes in a file, line by line, without any plain text."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from configserver.secret import MASK
from configserver.secrets.sites import Finder, Site, Source, written

_SHOWN: Final = 24
"""Characters of a cipher that are shown; the rest would be another one the next time."""

_WIDEST: Final = 60


def masked_diff(source: Source, changes: Mapping[Site, str]) -> Iterator[str]:
    """Yield a line with `-` and one with `+` for each value.

    What stands behind it is left out, and what stands before it too where that is another value: a
    comment or a neighbour may hold a secret, too.
    """
    finder = Finder(source.text, source.sites)
    for site in sorted(changes, key=lambda one: one.start):
        before = source.text[finder.line_start(site.start) : site.start]
        places = range(site.start - len(before), site.start)
        if len(before) > _WIDEST or any(finder.site(at) for at in places):
            before = f"{before[: len(before) - len(before.lstrip())]}{site.key}: "
        new = written(replace(site, after=""), _short(changes[site]))
        yield f"-{before}{MASK}"
        yield f"+{before}{new}"


def _short(value: str) -> str:
    end = value.rfind("}") + 1 + _SHOWN
    return value if len(value) <= end else f"{value[:end]}…"
