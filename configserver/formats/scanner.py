"""PyYAML's own scanner and parser, changed to what SnakeYAML, their port to Java, does."""

from typing import Any

from yaml import Loader, YAMLError, events, tokens
from yaml.parser import ParserError
from yaml.scanner import ScannerError

from configserver.formats.surrogates import join_surrogates

_SPACE_OR_END = "\0 \t\r\n\x85\u2028\u2029"


class SnakeLoader(Loader):
    """The events of a text, slowly; of its methods only `get_event` is meant to be used."""

    def get_event(self) -> Any:
        """Return the next event, the surrogate pairs of its escapes joined.

        Raises:
            YAMLError: the text does not parse.
        """
        try:
            event: Any = super().get_event()  # type: ignore[no-untyped-call] # stubs lack it
        except (ValueError, OverflowError):
            raise YAMLError("an escape beyond Unicode") from None
        except ParserError as error:
            if error.problem != "expected '<document start>', but found '<stream end>'":
                raise
            # Directives that no document follows are no error in SnakeYAML.
            mark = self.get_mark()
            return events.StreamEndEvent(mark, mark)
        if isinstance(event, events.ScalarEvent):
            event.value = join_surrogates(event.value)
        return event

    def forward(self, length: int = 1) -> None:
        """Count a byte order mark within the text as a column, too."""
        marks = self.prefix(length).count("\ufeff")
        super().forward(length)
        self.column += marks

    def parse_block_mapping_value(self) -> Any:
        """Take a scalar without a colon in front for the value of a complex key."""
        if not self.check_token(tokens.ScalarToken):
            return super().parse_block_mapping_value()  # type: ignore[no-untyped-call]
        self.states.append(self.parse_block_mapping_key)
        return self.parse_block_node_or_indentless_sequence()  # type: ignore[no-untyped-call]

    def scan_plain_spaces(self, indent: Any, start_mark: Any) -> Any:
        """Take tabs for blanks behind a plain scalar."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        blanks = self.prefix(length)
        if "\t" not in blanks:
            return super().scan_plain_spaces(indent, start_mark)
        self.forward(length)
        rest = super().scan_plain_spaces(indent, start_mark)
        return [blanks] if rest == [] else rest

    def scan_anchor(self, TokenClass: Any) -> Any:  # noqa: N803 - PyYAML's name
        """Take any character but blanks and `:,[]{}/.*&` for a part of an anchor."""
        start = self.get_mark()
        self.forward()
        length = 0
        while self.peek(length) not in _SPACE_OR_END + ":,[]{}/.*&":
            length += 1
        name = self.prefix(length)
        self.forward(length)
        if not name or self.peek() not in _SPACE_OR_END + "?:,]}%@`":
            raise ScannerError("while scanning an anchor", start, "unexpected character", start)
        return TokenClass(name, start, self.get_mark())
