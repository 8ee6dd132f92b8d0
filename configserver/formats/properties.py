"""Java properties as Spring Boot reads them.

Boot does not use `java.util.Properties`: `#---` separates documents, `name[]=a,b` is a list, an
escaped comment character still begins a comment. This reader goes through the same states as
Boot's `OriginTrackedPropertiesLoader`, as its positions and oddities follow from them.
"""

import re

from configserver.errors import InvalidFile
from configserver.formats.limits import Limits
from configserver.formats.places import LINE, Places
from configserver.formats.reader import BLANK_RUN, Reader
from configserver.formats.surrogates import join_surrogates
from configserver.model import Document, Value

SIMPLE_PAIR = re.compile(
    r"([^\x00-\x20=:\\#!][^\x00-\x20=:\\]*+)(?<!\[\])[ \t\f]*+(?:[=:][ \t\f]*+)?+"
    r"((?:[^\x00-\x20\\][^\\\n]*+)?)\n"
)
"""A line that is what it looks like: a key and a value without escapes."""
_KEY_RUN = re.compile(r"[^ \t\f=:\\\n]*")
_VALUE_RUN = re.compile(r"[^\\\n]*")
_ELEMENT_RUN = re.compile(r"[^,\\\n]*")
_TRIMMED = "".join(map(chr, range(0x21)))


_COMMENTS = {char: re.compile(rf"(?:{char}[^\n]*+\n)*+") for char in "#!"}


def parse_properties(data: bytes, limits: Limits) -> tuple[Document, ...]:
    """Return the documents that hold at least one key, flattened.

    Raises:
        InvalidFile: a malformed Unicode escape, or more than the limits allow.
    """
    return Loader(Reader(data.decode("latin-1"), limits.max_steps), limits).documents()


class Loader:
    """The documents of a file; see Boot's `OriginTrackedPropertiesLoader.load`."""

    def __init__(self, reader: Reader, limits: Limits) -> None:
        self._reader = reader
        self._limits = limits
        self._values: dict[str, Value] = {}
        self._origins: dict[str, int] = {}
        self._finished: list[tuple[dict[str, Value], dict[str, int]]] = []
        self._last_comment = ""
        self._keys = 0
        self._text = 0

    def documents(self) -> tuple[Document, ...]:
        """Return the documents that hold at least one key; to be called once."""
        while self._simple_pairs() and self._reader.read():
            if self._reader.char in "#!":
                self._comment()
                continue
            self._last_comment = ""
            if self._reader.is_line_end():
                self._reader.skip_empty_lines()
            else:
                self._pair()
        self._finish()
        return tuple(Document(values, Places(origins)) for values, origins in self._finished)

    def _simple_pairs(self) -> bool:
        """Take the lines that need no look at each character, as most; say that there is more."""
        for match in self._reader.take_lines(SIMPLE_PAIR):
            self._last_comment = ""
            line, column = self._reader.line + 1, match.start(2) - match.start() + 1
            if not match[2]:
                # Boot looks where the value is when it has read the end of the line.
                line, column = line + 1, 0
            self._put(match[1], match[2], line << LINE | column)
        return True

    def _finish(self) -> None:
        if self._values:
            self._finished.append((self._values, self._origins))
            self._values, self._origins = {}, {}
        if len(self._finished) > self._limits.max_documents:
            raise self._too_much(f"more than {self._limits.max_documents} documents")

    def _comment(self) -> None:
        char = self._reader.char
        if self._is_separator():
            self._finish()
            return
        if not self._values and self._finished:
            # A comment between the separator and the first key undoes the separator.
            self._values, self._origins = self._finished.pop()
        self._last_comment = char
        self._reader.skip_line()
        # Behind a comment, a line with the same character is another, even a separator.
        self._reader.skip_lines(_COMMENTS[char])

    def _is_separator(self) -> bool:
        reader = self._reader
        if reader.char == self._last_comment:
            return False
        dashes = reader.column == 0
        for _ in range(3):
            if dashes:
                reader.read()
                dashes = reader.char == "-"
        if not reader.is_line_end():
            reader.read()
            reader.skip_blanks()
        return dashes and reader.is_line_end()

    def _pair(self) -> None:
        key = join_surrogates(self._key()).strip(_TRIMMED)
        if not key.endswith("[]"):
            self._put(key, *self._value(_VALUE_RUN, ""))
            return
        index = 0
        while True:
            self._put(f"{key[:-2]}[{index}]", *self._value(_ELEMENT_RUN, ","))
            index += 1
            if not self._reader.is_line_end():
                self._reader.read()
            if self._reader.is_line_end():
                return

    def _key(self) -> str:
        reader = self._reader
        parts: list[str] = []
        was_blank = False
        while not reader.is_line_end():
            if reader.is_plain("=:"):
                reader.read()
                break
            is_blank = reader.is_blank()
            if was_blank and not is_blank:
                break
            was_blank = is_blank
            parts.append(reader.take(BLANK_RUN if is_blank else _KEY_RUN))
        return "".join(parts)

    def _value(self, run: re.Pattern[str], delimiter: str) -> tuple[str, int]:
        reader = self._reader
        while reader.is_blank():
            reader.read()
        position = (reader.line + 1) << LINE | (reader.column + 1)
        parts: list[str] = []
        while not reader.is_line_end() and not reader.is_plain(delimiter):
            parts.append(reader.take(run))
        return join_surrogates("".join(parts)), position

    def _put(self, key: str, value: str, position: int) -> None:
        if not key:
            return
        self._values[key] = value
        self._origins[key] = position
        self._keys += 1
        if self._keys > self._limits.max_keys:
            raise self._too_much(f"more than {self._limits.max_keys} keys")
        self._text += len(key) + len(value)
        if self._text > self._limits.max_text:
            raise self._too_much(f"more than {self._limits.max_text} characters")

    def _too_much(self, what: str) -> InvalidFile:
        return InvalidFile(what, line=self._reader.line, column=1)
