"""Where the values of a `.properties` file stand."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from configserver.formats import Limits
from configserver.formats.places import LINE
from configserver.formats.properties import SIMPLE_PAIR, Loader
from configserver.formats.reader import Reader
from configserver.model import Document
from configserver.secrets.sites import HIDDEN, Site, Source, keys_by_place

_BREAK: Final = re.compile("\r\n|\r|\n")


def read_properties(data: bytes, limits: Limits) -> Source:
    """Return a file taken apart; its characters are those of ISO-8859-1, as the server reads.

    Raises:
        InvalidFile: the file is refused by a server, too.
    """
    text = data.decode("latin-1")
    finder = _Finder(Reader(text, limits.max_steps), limits)
    documents = finder.documents()
    return Source(text, b"", "latin-1", tuple(_sites(text, finder, documents)), documents)


class _Found(NamedTuple):
    key: str
    value: str
    position: int
    start: int
    end: int
    listed: bool


class _Finder(Loader):
    """Notes where each value begins and ends, in the text with line feeds only."""

    def __init__(self, reader: Reader, limits: Limits) -> None:
        super().__init__(reader, limits)
        self.found: list[_Found] = []
        self._span = (0, 0)
        self._listed = False

    def _simple_pairs(self) -> bool:
        """Take the same short cut, and note what it passes."""
        for match in self._reader.take_lines(SIMPLE_PAIR):
            self._last_comment = ""
            self._span, self._listed = match.span(2), False
            line, column = self._reader.line + 1, match.start(2) - match.start() + 1
            if not match[2]:
                line, column = line + 1, 0
            self._put(match[1], match[2], line << LINE | column)
        return True

    def _value(self, run: re.Pattern[str], delimiter: str) -> tuple[str, int]:
        while self._reader.is_blank():
            self._reader.read()
        start = self._reader.index
        value = super()._value(run, delimiter)
        self._span = (start, self._reader.index)
        self._listed = bool(delimiter)
        return value

    def _put(self, key: str, value: str, position: int) -> None:
        super()._put(key, value, position)
        if key:
            self.found.append(_Found(key, value, position, *self._span, self._listed))


def _sites(text: str, finder: _Finder, documents: tuple[Document, ...]) -> Iterator[Site]:
    keys = keys_by_place(documents)
    breaks = list(_BREAK.finditer(text))
    lines = [0, *(match.end() for match in breaks)]
    pairs = [match.start() for match in breaks if match[0] == "\r\n"]
    # The finder saw each pair as one character, so all that follows stands further on.
    seen = [start - number for number, start in enumerate(pairs)]
    for one in finder.found:
        start = one.start + bisect_left(seen, one.start)
        end = one.end + bisect_left(seen, one.end)
        line = bisect_right(lines, start)
        place = (one.position >> LINE, one.position & ((1 << LINE) - 1))
        hidden = ((HIDDEN, one.key),)
        yield Site(
            tuple(keys.get(place, hidden)),
            one.value,
            start,
            max(start, end),
            line,
            start - lines[line - 1] + 1,
            listed=one.listed,
        )
