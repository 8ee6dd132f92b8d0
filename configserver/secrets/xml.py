"""Where the values of a file of Java's XML properties stand."""

import re
from itertools import pairwise
from typing import Final, NamedTuple
from xml.parsers import expat

from configserver.errors import InvalidFile
from configserver.formats import Limits
from configserver.formats.xml import parse_xml
from configserver.secrets.sites import HIDDEN, Finder, Site, Source

_TYPE: Final = b"java.sun.com/dtd/properties.dtd"
_DECLARED: Final = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([^"']*)["']""")
_ENCODINGS: Final = {"utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}
_TAG: Final = re.compile(rb"""<entry(?:[^>"']|"[^"]*"|'[^']*')*>""")


def is_properties(data: bytes) -> bool:
    """Say whether XML may be properties: of all other XML a server reads nothing."""
    return _TYPE in data.replace(b"\0", b"")


def read_xml(data: bytes, limits: Limits) -> Source:
    """Return a file taken apart.

    Raises:
        InvalidFile: the file is refused by a server, too, or is in a rare encoding.
    """
    documents = parse_xml(data, limits)
    declared = _DECLARED.match(data)
    encoding = _ENCODINGS.get(declared[1].decode("latin-1").lower() if declared else "utf-8")
    if encoding is None or b"\0" in data:
        raise InvalidFile("XML can be edited in UTF-8, US-ASCII and ISO-8859-1 only")
    entries = _Entries(data).read()
    text = data.decode(encoding)
    places = _characters(data, encoding, [at for one in entries for at in (one.start, one.end)])
    last = {one.key: one for one in entries}
    lines = Finder(text)
    sites = []
    for one in entries:
        start, end = places[one.start], places[one.end]
        number = 0 if last[one.key] is one else HIDDEN
        place = lines.line_column(start)
        sites.append(Site(((number, one.key),), one.value, start, end, *place, quote="<"))
    return Source(text, b"", encoding, tuple(sites), documents)


class _Entry(NamedTuple):
    """An entry that has a closing tag; its content from byte to byte."""

    key: str
    value: str
    start: int
    end: int


class _Entries:
    """The handlers that note where the entries of a file stand."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: list[_Entry] = []
        self._key = ""
        self._tag = 0
        self._text: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def read(self) -> list[_Entry]:
        """Return the entries of what was parsed before, in the order of the file."""
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            reason = "XML with control characters cannot be edited"
            raise InvalidFile(reason, line=error.lineno, column=error.offset + 1) from None
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "entry":
            self._key, self._tag = attributes["key"], self._parser.CurrentByteIndex
            self._text.clear()

    def _end(self, name: str) -> None:
        tag = _TAG.match(self._data, self._tag) if name == "entry" else None
        if tag is not None and not tag[0].endswith(b"/>"):
            end = self._parser.CurrentByteIndex
            self._found.append(_Entry(self._key, "".join(self._text), tag.end(), end))


def _characters(data: bytes, encoding: str, ascending: list[int]) -> dict[int, int]:
    """Return offsets in bytes, each with that in characters."""
    found = {0: 0}
    for before, at in pairwise([0, *ascending]):
        found[at] = found[before] + len(data[before:at].decode(encoding))
    return found
