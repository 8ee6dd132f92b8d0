"""Breaking long lines in plain and quoted YAML scalars where SnakeYAML breaks them."""

import re
import struct
from collections.abc import Sequence

WIDTH = 80

_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_SINGLE_BLANK = re.compile(r"(?<=[^ ]) (?=[^ ])")


def folded(text: str, column: int, indent: int) -> str:
    """Turn a single blank behind column 80 into a line break and the indent.

    Runs of blanks, and those at either end, stay.
    """
    if column + 2 * len(text) <= WIDTH:
        return text
    pieces = _SINGLE_BLANK.split(text)
    parts = [pieces[0]]
    column += utf16_length(pieces[0])
    for piece in pieces[1:]:
        if column > WIDTH:
            parts.append(f"\n{' ' * indent}")
            column = indent
        else:
            parts.append(" ")
            column += 1
        parts.append(piece)
        column += utf16_length(piece)
    return "".join(parts)


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 units, as Java counts."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def double_quoted(text: str, column: int, indent: int | None) -> str:
    r"""Write text with escapes, broken by `\` behind column 80 at a blank or beside an escape.

    Args:
        text: printable text.
        column: where the opening quote stands.
        indent: of continued lines; None keeps the text on one line.
    """
    units = _utf16(text)
    out = ['"']
    column += 1
    start = end = 0  # what is written, what is read
    while end < len(units):
        unit = units[end]
        if unit in '"\\' or not " " <= unit <= "~":
            shown, last = _shown(units, end)
            out += (*units[start:end], shown)
            column += end - start + len(shown) + (shown > "\uffff")
            start, end = last + 1, last
        may_break = 0 < end < len(units) - 1 and (unit == " " or start >= end)
        if may_break and indent is not None and column + end - start > WIDTH:
            out += (*units[start:end], f"\\\n{' ' * indent}")
            start = max(start, end)
            column = indent
            if units[start] == " ":
                out.append("\\")
                column += 1
        end += 1
    return "".join((*out, *units[start:], '"'))


def _shown(units: Sequence[str], at: int) -> tuple[str, int]:
    """Return how the character at an index is written, and the index of its last unit."""
    unit = units[at]
    if unit in _ESCAPES:
        return f"\\{_ESCAPES[unit]}", at
    if "\ud800" <= unit <= "\udbff":
        pair = (unit + units[at + 1]).encode("utf-16-le", "surrogatepass")
        return pair.decode("utf-16-le"), at + 1
    return unit, at


def _utf16(text: str) -> Sequence[str]:
    encoded = text.encode("utf-16-le")
    return [chr(unit) for (unit,) in struct.iter_unpack("<H", encoded)]
