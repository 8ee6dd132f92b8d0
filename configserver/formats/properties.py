"""Java properties as Spring Boot reads them.

Boot does not use `java.util.Properties`: `#---` separates documents, `name[]=a,b` is a list, an
escaped comment character still begins a comment. This reader goes through the same states as
Boot's `OriginTrackedPropertiesLoader`, as its positions and oddities follow from them.
"""

import re

from configserver.errors import InvalidFile
from configserver.formats.limits import Limits
from configserver.formats.surrogates import join_surrogates
from configserver.model import Document, Position, Value

_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "f": "\f"}
_UNICODE = re.compile(r"[0-9A-Fa-f]{4}")
_EMPTY_LINES = re.compile(r"\n*")
_BLANKS = frozenset(" \t\f")
_BLANK_RUN = re.compile(r"[ \t\f]*")
_KEY_RUN = re.compile(r"[^ \t\f=:\\\n]*")
_VALUE_RUN = re.compile(r"[^\\\n]*")
_ELEMENT_RUN = re.compile(r"[^,\\\n]*")
_TRIMMED = "".join(map(chr, range(0x21)))


def parse_properties(data: bytes, limits: Limits) -> tuple[Document, ...]:
    """Return the documents that hold at least one key, flattened.

    Raises:
        InvalidFile: a malformed Unicode escape, or more than the limits allow.
    """
    return _Loader(_Reader(data.decode("latin-1")), limits).documents()


class _Reader:
    """The characters of a file one by one, escapes and continued lines resolved.

    `char` is the current character, empty at the end of the file; `line` and `column` are 0-based
    and count an escape as one column. A line feed that was read has already raised `line`.
    """

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._next = 0
        self.char = ""
        self.escaped = False
        self.line = 0
        self.column = -1

    def read(self) -> bool:
        """Go on to the next character; blanks at the beginning of a line are skipped."""
        while True:
            self.escaped = False
            self._step()
            self.column += 1
            if self.column == 0:
                self.skip_blanks()
            if self.char != "\\":
                break
            if not self._escape():
                return self.char != ""
        if self.char == "\n":
            self.column = -1
        return self.char != ""

    def skip_blanks(self) -> None:
        """Skip blanks; a line feed behind them does not begin a new line here, as in Boot."""
        if self.is_blank():
            end = self._run(_BLANK_RUN)
            self.column += end - self._next + 1
            self._next = end
            self._step()

    def take(self, run: re.Pattern[str]) -> str:
        """Return the current character with all that match `run`, and read the one behind."""
        start, end = self._next, self._run(run)
        taken = self.char + self._text[start:end]
        self.column += end - start
        self._next = end
        self.read()
        return taken

    def skip_empty_lines(self) -> None:
        """Go to the last of the line feeds that follow the current one."""
        end = self._run(_EMPTY_LINES)
        self.line += end - self._next
        self._next = end

    def skip_line(self) -> None:
        """Go to the end of the line, without a look at escapes."""
        if self.char != "\n" and self.char:
            end = self._text.find("\n", self._next)
            self._next = len(self._text) if end < 0 else end
            self._step()
        self.column = -1

    def is_blank(self) -> bool:
        return not self.escaped and self.char in _BLANKS

    def is_line_end(self) -> bool:
        return not self.char or (self.char == "\n" and not self.escaped)

    def is_plain(self, chars: str) -> bool:
        """Say whether the character is one of `chars` and not escaped."""
        return not self.escaped and self.char != "" and self.char in chars

    def _run(self, run: re.Pattern[str]) -> int:
        match = run.match(self._text, self._next)
        return match.end() if match else self._next

    def _step(self) -> None:
        text, at = self._text, self._next
        self._next += 1
        self.char = text[at] if at < len(text) else ""
        if self.char == "\n" or (at == len(text) and text and text[-1] != "\n"):
            # As Java's LineNumberReader: the end of an unfinished line counts as its end.
            self.line += 1

    def _escape(self) -> bool:
        """Read what a backslash stands for; say whether that is only a continued line."""
        self._step()
        if self.char == "\n":
            self.column = -1
            return True
        self.escaped = True
        if self.char == "u":
            digits = _UNICODE.match(self._text, self._next)
            if digits is None:
                raise InvalidFile(
                    r"malformed \u escape: four hexadecimal digits are needed",
                    line=self.line + 1,
                    column=max(self.column, 0) + 1,
                )
            self.char = chr(int(digits[0], 16))
            self._next += 4
        else:
            self.char = _ESCAPES.get(self.char, self.char)
        return False


class _Loader:
    """The documents of a file; see Boot's `OriginTrackedPropertiesLoader.load`."""

    def __init__(self, reader: _Reader, limits: Limits) -> None:
        self._reader = reader
        self._limits = limits
        self._values: dict[str, Value] = {}
        self._origins: dict[str, Position] = {}
        self._finished: list[tuple[dict[str, Value], dict[str, Position]]] = []
        self._last_comment = ""
        self._keys = 0

    def documents(self) -> tuple[Document, ...]:
        while self._reader.read():
            if self._reader.char in "#!":
                self._comment()
                continue
            self._last_comment = ""
            if self._reader.is_line_end():
                self._reader.skip_empty_lines()
            else:
                self._pair()
        self._finish()
        return tuple(Document(values, origins) for values, origins in self._finished)

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
            parts.append(reader.take(_BLANK_RUN if is_blank else _KEY_RUN))
        return "".join(parts)

    def _value(self, run: re.Pattern[str], delimiter: str) -> tuple[str, Position]:
        reader = self._reader
        while reader.is_blank():
            reader.read()
        position = Position(reader.line + 1, reader.column + 1)
        parts: list[str] = []
        while not reader.is_line_end() and not reader.is_plain(delimiter):
            parts.append(reader.take(run))
        return join_surrogates("".join(parts)), position

    def _put(self, key: str, value: str, position: Position) -> None:
        if not key:
            return
        self._values[key] = value
        self._origins[key] = position
        self._keys += 1
        if self._keys > self._limits.max_keys:
            raise self._too_much(f"more than {self._limits.max_keys} keys")

    def _too_much(self, what: str) -> InvalidFile:
        return InvalidFile(what, line=self._reader.line, column=1)
