"""Plain YAML scalars as Go types them: what the code over all values is made of."""

import re
from datetime import datetime
from typing import Final

from configserver.sops.values import bool_code, float_code

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FLOATS: Final = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), b"NaN"),
    **{f"{sign}{word}": b"+Inf" for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), b"-Inf"),
}
_INT: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    r"|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|(?P<blank> ))([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.(?P<part>[0-9]+))?"
    r"(?(blank)|(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})))?"
)
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_LONGEST: Final = 400
"""Characters of a number; more digits than any that Go reads as one."""


def plain_code(text: str) -> bytes | None:
    """Return the bytes that a plain scalar adds to the code, None if it adds nothing."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return bool_code(value=_BOOLS[text])
    if text in _FLOATS:
        return _FLOATS[text]
    if text[0] in "+-.0123456789" and len(text) <= _LONGEST:
        return _time(text) or _number(text.replace("_", "")) or text.encode()
    return text.encode()


def _number(text: str) -> bytes | None:
    if match := _INT.fullmatch(text):
        base = match.lastgroup or "dec"
        number = int(match["sign"] + match[base], _BASES[base])
        if -(2**63) <= number < 2**63:
            return str(number).encode()
    return float_code(float(text)) if _FLOAT.fullmatch(text) else None


def _time(text: str) -> bytes | None:
    """Return a date or time in the form of RFC 3339."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (
        int(part or 0) for part in match.group(1, 2, 3, 5, 6, 7)
    )
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - kept as text
    except ValueError:
        return None
    zone, fraction = match["zone"] or "Z", (match["part"] or "")[:9].rstrip("0")
    zone = "Z" if zone in {"+00:00", "-00:00"} else zone
    return (moment.isoformat() + (f".{fraction}" if fraction else "") + zone).encode()
