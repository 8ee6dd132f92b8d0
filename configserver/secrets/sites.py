"""Where the values of a file stand, to the character, and the file with some of them replaced."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from configserver.model import Document, Value
from configserver.sops.recognise import ENCRYPTED, SOPS

_BREAKS: Final = re.compile("\r\n|\r|\n")

CIPHER: Final = "{cipher}"
"""What a value begins with that a server decrypts."""

HIDDEN: Final = -1
"""The number of a document for a key that a later value in the same document hides."""


@dataclass(frozen=True, slots=True)
class Site:
    """A value that is written down in a file.

    Attributes:
        keys: its flat keys, each with the number of its document, 0-based; several for a value
            with an anchor; HIDDEN or none for one that a later value of the same key hides.
        value: what a server reads there.
        start: offset of its first character in the text, quotes included.
        end: offset behind its last character.
        line: 1-based line of `start`.
        column: 1-based column of `start`.
        quote: `'` or `"` where a new value has to stand in quotes, `<` for the text of an element
            in XML, else an empty text.
        before: what a new value needs in front, such as the anchor.
        after: what a new value needs behind, such as the comment in the head of a block.
        listed: whether a comma would end the value.
    """

    keys: tuple[tuple[int, str], ...]
    value: Value
    start: int
    end: int
    line: int
    column: int
    quote: str = ""
    before: str = ""
    after: str = ""
    listed: bool = False

    @property
    def key(self) -> str:
        """The first of its keys, or a question mark."""
        return self.keys[0][1] if self.keys else "?"

    @property
    def is_cipher(self) -> bool:
        """Whether a server would decrypt it."""
        return isinstance(self.value, str) and self.value.startswith(CIPHER)

    @property
    def is_of_sops(self) -> bool:
        """Whether in a file of SOPS it is encrypted, or part of the metadata."""
        if isinstance(self.value, str) and self.value.startswith(ENCRYPTED):
            return True
        return self.key.startswith((f"{SOPS}.", f"{SOPS}_"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file taken apart.

    Attributes:
        text: its characters, line ends as they are.
        mark: the byte order mark in front of it.
        encoding: how `text` becomes bytes again, exactly those of the file.
        sites: its values in the order of the text.
        documents: what a server reads, or None for a format that it does not flatten.
    """

    text: str
    mark: bytes
    encoding: str
    sites: tuple[Site, ...]
    documents: tuple[Document, ...] | None

    def replaced(self, changes: Mapping[Site, str]) -> bytes:
        """Return the file with new values at some sites; everything else stays as it is."""
        parts, done = [], 0
        for site in sorted(changes, key=_start):
            parts += [self.text[done : site.start], written(site, changes[site])]
            done = site.end
        return self.mark + "".join((*parts, self.text[done:])).encode(self.encoding)


class Finder:
    """Lines, columns and sites by offset, each in the time of a look-up."""

    def __init__(self, text: str, sites: Iterable[Site] = ()) -> None:
        self._lines = [0, *(match.end() for match in _BREAKS.finditer(text))]
        self._sites = sorted(sites, key=_start)
        self._starts = [site.start for site in self._sites]

    def line_column(self, at: int) -> tuple[int, int]:
        """Return the 1-based line and column of an offset."""
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def line_start(self, at: int) -> int:
        """Return the offset at which the line of an offset begins."""
        return self._lines[bisect_right(self._lines, at) - 1]

    def site(self, at: int) -> Site | None:
        """Return the site around an offset."""
        before = bisect_right(self._starts, at)
        found = self._sites[before - 1] if before else None
        return found if found is not None and at < found.end else None


def written(site: Site, text: str) -> str:
    """Return a printable text as it has to be written at a site."""
    match site.quote:
        case "'":
            shown = "'" + text.replace("'", "''") + "'"
        case '"':
            shown = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case "<":
            shown = escape(text, quote=False).encode("ascii", "xmlcharrefreplace").decode()
        case _:
            shown = _property(text, listed=site.listed)
    return f"{site.before}{shown}{site.after}"


def keys_by_place(documents: Iterable[Document]) -> dict[tuple[int, int], list[tuple[int, str]]]:
    """Return the flat keys by line and column of their values, each with its document's number."""
    found: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for number, document in enumerate(documents):
        for key, (line, column) in document.origins.items():
            found.setdefault((line, column), []).append((number, key))
    return found


def _start(site: Site) -> int:
    return site.start


def _property(text: str, *, listed: bool) -> str:
    text = text.replace("\\", "\\\\")
    if listed:
        text = text.replace(",", "\\,")
    return "".join(char if " " <= char <= "~" else _unicode(char) for char in text)


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
