"""The characters of Java properties, with the positions that Spring Boot counts."""

import re
from collections.abc import Iterator

from configserver.errors import InvalidFile

_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "f": "\f"}
_UNICODE = re.compile(r"[0-9A-Fa-f]{4}")
_EMPTY_LINES = re.compile(r"\n*")
_BLANKS = frozenset(" \t\f")
BLANK_RUN = re.compile(r"[ \t\f]*")


class Reader:
    """The characters of a file one by one, escapes and continued lines resolved.

    `char` is the current character, empty at the end of the file; `line` and `column` are 0-based
    and count an escape as one column. A line feed that was read has already raised `line`.
    """

    def __init__(self, text: str, max_steps: int) -> None:
        self._steps = max_steps
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._next = 0
        self.char = ""
        self.escaped = False
        self.line = 0
        self.column = -1

    @property
    def index(self) -> int:
        """Offset of the current character, or of its escape; each line end is one character."""
        at = min(self._next - 1, len(self._text))
        if not self.escaped or not self.char:
            return at
        return at - 1 if self._text[at - 1] == "\\" else at - len(r"\u0000") + 1

    def read(self) -> bool:
        """Go on to the next character; blanks at the beginning of a line are skipped."""
        while True:
            self._steps -= 1
            if self._steps < 0:
                raise InvalidFile("too many escapes, odd lines and blanks", line=self.line + 1)
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
            end = self._run(BLANK_RUN)
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

    def take_lines(self, line: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Take whole lines that match, the line feed included, if one begins here."""
        while self.column == -1 and (match := line.match(self._text, self._next)):
            yield match
            self._next = match.end()
            self.line += 1
            self.char = "\n"

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

    def skip_lines(self, lines: re.Pattern[str]) -> None:
        """Skip whole lines that match, from the beginning of a line."""
        start, self._next = self._next, self._run(lines)
        self.line += self._text.count("\n", start, self._next)

    def is_blank(self) -> bool:
        """Say whether the character is a blank that was not escaped."""
        return not self.escaped and self.char in _BLANKS

    def is_line_end(self) -> bool:
        """Say whether the line or the file ends here."""
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
