"""Scalars of YAML 1.1 as SnakeYAML types them, without timestamps as Spring Boot asks."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from configserver.model import Value


class Special(Enum):
    """Scalars that are no values: the merge key `<<`."""

    MERGE = auto()


Typed: TypeAlias = Value | Special | None

_PREFIX = "tag:yaml.org,2002:"
_WORDS = {
    "yes": True, "no": False, "on": True, "off": False, "true": True, "false": False,
}  # fmt: skip
_CONSTANTS: dict[str, Typed] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **{
        cased: flag for word, flag in _WORDS.items() for cased in (word, word.title(), word.upper())
    },
    "<<": Special.MERGE,
}
_NUMERIC = frozenset("-+0123456789.")
MAYBE_TYPED = _NUMERIC | {text[:1] for text in _CONSTANTS}
"""What a plain scalar begins with that may be no text; empty for an empty one."""

_MAX_NUMBER = 1024
"""SnakeYAML takes longer plain scalars for text without a look at them."""

_MAX_TAGGED = 64 * 1024
"""Characters of a number or date with a tag."""

_INT = re.compile(
    r"[-+]?0b_*+[01][01_]*+|[-+]?0_*+[0-7][0-7_]*+|[-+]?(?:0|[1-9][0-9_]*+)"
    r"|[-+]?0x_*+[0-9a-fA-F][0-9a-fA-F_]*+|[-+]?[1-9][0-9_]*+(?::[0-5]?[0-9])+"
)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*+\.[0-9_]*+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*+[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*+(?::[0-5]?[0-9])+\.[0-9_]*+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_SIMPLE_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_JAVA_DOUBLE = re.compile(
    r"[-+]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fFdD]?)"
)
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(?:Z|([-+][0-9]{1,2})(?::([0-9]{2}))?))?)?"
)


def resolve_plain(text: str) -> Typed:
    """Return the value of a plain scalar without a tag.

    Raises:
        ValueError: it looks like a number and is none, such as `._`.
    """
    first = text[:1]
    if first not in MAYBE_TYPED:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if first not in _NUMERIC or len(text) > _MAX_NUMBER:
        return text
    return _number(text)


def _number(text: str) -> Typed:
    if text.isdecimal() and text[0] != "0" and text.isascii():
        return int(text)
    if _SIMPLE_FLOAT.fullmatch(text):
        return float(text)
    if _INT.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _double(text)
    return text


def construct(tag: str, text: str) -> Typed:
    """Return the value of a scalar with an explicit tag.

    Raises:
        ValueError: an unknown tag, or a text that is not of this type.
    """
    constructor = _CONSTRUCTORS.get(tag.removeprefix(_PREFIX)) if tag.startswith(_PREFIX) else None
    if constructor is None:
        raise ValueError("this tag is not allowed here")
    if len(text) > _MAX_TAGGED and constructor in {_integer, _double, _timestamp}:
        raise ValueError("a number or date of too many characters")
    return constructor(text)


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    if digits[:1] in {"-", "+"}:
        digits = digits[1:]
    if digits == "0":
        return 0
    if digits.startswith("0b"):
        return sign * _digits(digits[2:], 2)
    if digits.startswith("0x"):
        return sign * _digits(digits[2:], 16)
    if digits.startswith("0"):
        return sign * _digits(digits[1:], 8)
    if ":" in digits:
        return sign * _sexagesimal(digits)
    return sign * _digits(digits, 10)


def _digits(text: str, base: int) -> int:
    if not text.isascii() or not text.isalnum():
        raise ValueError("not an integer")
    if len(text) > _MAX_NUMBER:
        raise ValueError("an integer of too many digits")
    return int(text, base)


def _sexagesimal(text: str) -> int:
    """Add up base-60 digits in 32 bits, which overflow as Java's do."""
    total, unit = 0, 1
    for part in reversed(text.split(":")):
        if unit == 0 and _is_short(part):
            continue
        digit = _digits(part, 10)
        if digit >= 2**63:
            raise ValueError("an integer beyond 64 bits")
        total = _wrapped(total + digit * unit)
        unit = _wrapped(unit * 60)
    return total


def _is_short(part: str) -> bool:
    """Say whether these are few digits: none of a wrapped unit, they add nothing."""
    return len(part) < 10 and part.isdecimal() and part.isascii()


def _wrapped(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31


def _double(text: str) -> float:
    digits = text.replace("_", "")
    sign = -1.0 if digits.startswith("-") else 1.0
    if digits[:1] in {"-", "+"}:
        digits = digits[1:]
    if digits.lower() == ".inf":
        return sign * float("inf")
    if digits.lower() == ".nan":
        return float("nan")
    if ":" not in digits:
        return sign * _java_double(digits)
    total, unit = 0.0, 1
    for digit in reversed(digits.split(":")):
        if unit == 0 and _is_short(digit):
            continue
        total += _java_double(digit) * unit
        unit = _wrapped(unit * 60)
    return sign * total


def _java_double(text: str) -> float:
    if not _JAVA_DOUBLE.fullmatch(text.strip()):
        raise ValueError("not a number")
    return float(text.strip().rstrip("fFdD") if "I" not in text else text)


def _boolean(text: str) -> bool | None:
    return _WORDS.get(text.lower())


def _binary(text: str) -> bytes:
    digits = "".join(text.split())
    if "=" not in digits:
        digits += "=" * (-len(digits) % 4)
    try:
        return base64.b64decode(digits, validate=True)
    except binascii.Error:
        raise ValueError("not Base64") from None


def _timestamp(text: str) -> datetime:
    """Read a date and time leniently as Java's calendar does: day 32 is in the next month."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError("not a timestamp")
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    hour, minute, second, zone_hours, zone_minutes = (
        int(part or 0) for part in match.group(4, 5, 6, 8, 9)
    )
    millis = int(float(f"0.{match[7] or 0}") * 1000 + 0.5)
    offset = timedelta(hours=zone_hours, minutes=zone_minutes if zone_hours >= 0 else -zone_minutes)
    try:
        return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC) + (
            timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=millis)
            - offset
        )
    except (ValueError, OverflowError):
        raise ValueError("not a timestamp that can be represented") from None


def _null(_: str) -> None:
    return None


def _merge(_: str) -> Special:
    return Special.MERGE


_CONSTRUCTORS: dict[str, Callable[[str], Typed]] = {
    "str": str,
    "int": _integer,
    "float": _double,
    "bool": _boolean,
    "null": _null,
    "binary": _binary,
    "timestamp": _timestamp,
    "merge": _merge,
}
