"""Where a value that is not there stands."""

import re
from typing import Any, NamedTuple, cast

from configserver.formats.nodes import Mark
from configserver.formats.unicode import BREAKS, last_line

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SPACES = BREAKS | {" ", "\t"}


class Place(NamedTuple):
    """A mark of our own."""

    line: int
    column: int


def missing_place(text: str, mark: Any, *, in_flow: bool) -> Mark:
    """Return where SnakeYAML sees a missing value.

    That is right behind the colon, where libyaml sees it at the next token of a flow map, or at
    the end of the text, even where libyaml ends the last line first.
    """
    end = mark.index
    if end >= len(text) and mark.column == 0 and text[-1:] not in BREAKS:
        return Place(mark.line - 1, last_line(text))
    while in_flow and text[end - 1] in _SPACES:
        end -= 1
    if not in_flow or text[end - 1] != ":":
        return cast(Mark, mark)
    between = _BREAK.split(text[end : mark.index])
    if len(between) == 1:
        return Place(mark.line, mark.column - len(between[0]))
    begin = end
    while begin and text[begin - 1] not in BREAKS:
        begin -= 1
    return Place(mark.line - len(between) + 1, end - begin)
