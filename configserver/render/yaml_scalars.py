"""How a scalar looks in YAML: the style that SnakeYAML chooses, and its layout.

Columns and lengths count UTF-16 units, as Java's strings do.
"""

import base64
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from configserver.errors import Unrenderable
from configserver.javatext import java_double, java_integer
from configserver.model import Value
from configserver.render.yaml_quotes import double_quoted, folded, utf16_length

Style: TypeAlias = Literal["plain", "single", "double", "literal"]

BREAKS = "\n\x85\u2028\u2029"
MAX_KEY = 128
"""UTF-16 units that a key, with its tag, must stay below to stand on one line with its value."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile(f"[{BREAKS}]")
_NOT_PLAIN = re.compile(
    r"(?:---|\.\.\.|[#,\[\]{}&*!|>'\"%@`]|[?:-](?: |\Z))|.*(?:: |:\Z| #)| |.* \Z"
)
_TYPED = re.compile(
    r"""
      yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF
    | ~|null|Null|NULL | << | 0[0-9_]+
    | [-+]?(?: 0b_*[01][01_]* | 0_*[0-7][0-7_]* | 0 | [1-9][0-9_]* | 0x_*[0-9a-fA-F][0-9a-fA-F_]*
             | [1-9][0-9_]*(?::[0-5]?[0-9])+ )
    | [-+]?(?: [0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)? | [0-9][0-9_]*[eE][-+]?[0-9]+
             | \.[0-9_]+(?:[eE][-+]?[0-9]+)? | [0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
             | \.(?:inf|Inf|INF) )
    | \.(?:nan|NaN|NAN)
    | [0-9]{4}-[0-9]{2}-[0-9]{2}
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
      (?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as text, with the tag to print before it and the style to print it in."""

    text: str
    tag: str
    style: Style


def scalar(value: Value | None, *, tagged: bool = True) -> Scalar:
    """Choose text, tag and style for a value.

    Args:
        value: a leaf of the tree.
        tagged: False for the only scalar of a document, which SnakeYAML is told to be text.

    Raises:
        Unrenderable: text with half a surrogate pair.
    """
    if isinstance(value, str):
        return _text(value, tagged=tagged)
    if isinstance(value, bytes):
        return _binary(value, tagged=tagged)
    plain = _typed_text(value)
    if tagged:
        return Scalar(plain, "", "plain")
    return Scalar(plain, "", "single" if _TYPED.fullmatch(plain) else "plain")


def _typed_text(value: bool | float | datetime | None) -> str:  # noqa: FBT001 - any leaf
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return java_integer(value)
        case float():
            if math.isnan(value):
                return ".NaN"
            return java_double(value).replace("Infinity", ".inf")
        case datetime():
            return _timestamp(value)


def _timestamp(value: datetime) -> str:
    moment = value.astimezone(UTC).replace(tzinfo=None)
    precision = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return f"{moment.isoformat(timespec=precision)}Z"


def _text(text: str, *, tagged: bool) -> Scalar:
    if _UNPRINTABLE.search(text):
        try:
            return _binary(text.encode(), tagged=tagged)
        except UnicodeEncodeError:
            raise Unrenderable("a text has half a surrogate pair, which YAML cannot hold") from None
    return Scalar(text, "", _style(text))


def _binary(content: bytes, *, tagged: bool) -> Scalar:
    text = base64.b64encode(content).decode()
    return Scalar(text, "!!binary" if tagged else "", "literal" if text else "double")


def _style(text: str) -> Style:
    special = "\t" in text or "\r" in text
    if _BREAK.search(text):
        fits = not (special or text[-1] == " " or re.search(f" [{BREAKS}]", text))
        return "literal" if fits else "double"
    if special:
        return "double"
    if not text or _NOT_PLAIN.match(text) or _TYPED.fullmatch(text):
        return "single"
    return "plain"


def is_simple_key(key: Scalar) -> bool:
    """Say whether a key may stand before its `:` rather than behind a `? `."""
    tag = key.tag or "!!str"
    short = len(tag) + utf16_length(key.text) < MAX_KEY
    return short and key.text != "" and not _BREAK.search(key.text)


def layout(scalar: Scalar, *, column: int, indent: int, key: bool = False) -> str:
    """Write a scalar that begins at a column; lines that follow have the indent.

    Args:
        scalar: what to write; its tag is not.
        column: where the cursor stands.
        indent: of continued lines.
        key: stay on one line.
    """
    match scalar.style:
        case "literal" if not key:
            return _literal(scalar.text, indent)
        case "plain":
            return scalar.text if key else folded(scalar.text, column, indent)
        case "single":
            text = scalar.text.replace("'", "''")
            return f"'{text if key else folded(text, column + 1, indent)}'"
        case _:
            return double_quoted(scalar.text, column, None if key else indent)


def _literal(text: str, indent: int) -> str:
    """Write a block `|`, each line of it with its break."""
    hint = "2" if text[0] in f" {BREAKS}" else ""
    if text[-1] not in BREAKS:
        chomping = "-"
    else:
        chomping = "+" if len(text) == 1 or text[-2] in BREAKS else ""
    margin = " " * indent
    lines = re.findall(f"([^{BREAKS}]*)([{BREAKS}]|\\Z)", text)
    body = "".join(f"{margin if line else ''}{line}{end}" for line, end in lines)
    return f"|{hint}{chomping}\n{body}" + ("" if text[-1] in BREAKS else "\n")
