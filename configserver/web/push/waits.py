"""How long a client is willing to wait for an answer; pure."""

import re
from typing import Final

from configserver.errors import InvalidRequest

DEFAULT: Final = 30.0
MOST: Final = 300.0
"""Seconds."""

_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m)?", re.IGNORECASE)
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_PREFERENCE: Final = re.compile(
    r'(?:^|,)\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?=[,;]|$)', re.IGNORECASE
)


def wait_of(parameter: str | None, prefer: str) -> float:
    """Return seconds, at most MOST.

    Args:
        parameter: `30`, `30s`, `500ms` or `5m`, None if there is none.
        prefer: the Prefer header (RFC 7240), which counts if there is no parameter.

    Raises:
        InvalidRequest: the parameter is something else.
    """
    if parameter is not None:
        match = _DURATION.fullmatch(parameter.strip())
        if match is None:
            raise InvalidRequest("the parameter wait is no time such as 30s, 500ms or 5m")
        return min(float(match[1]) * _UNITS[(match[2] or "s").lower()], MOST)
    match = _PREFERENCE.search(prefer)
    return min(float(match[1]), MOST) if match else DEFAULT
