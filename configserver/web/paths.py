"""The request target, cut and decoded once, as Tomcat and Spring cut and decode it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from configserver.errors import InvalidRequest

_REFUSED = re.compile(
    r"[^A-Za-z0-9\-._~%!$&'()*+,;=:@/]"  # not in RFC 3986, 3.3
    r"|%(?![0-9A-Fa-f]{2})"
    r"|%(?:00|2[Ff]|5[Cc])"  # NUL and both slashes: Tomcat's encodedSolidusHandling
)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WORDS = dict.fromkeys(("true", "on", "yes", "1", ""), True) | dict.fromkeys(
    ("false", "off", "no", "0"), False
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a client asks for.

    Attributes:
        path: the path as sent, for error bodies and logs.
        segments: the parts between the slashes, decoded once, without `;x=1`; a trailing or
            doubled slash makes an empty one.
        parameters: the first value of each query parameter, decoded.
    """

    path: str
    segments: tuple[str, ...]
    parameters: Mapping[str, str]

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a query parameter in one of Spring's spellings of a boolean.

        Raises:
            InvalidRequest: it is spelt otherwise.
        """
        value = self.parameters.get(name)
        if value is None:
            return default
        flag = _WORDS.get(value.strip().lower())
        if flag is None:
            raise InvalidRequest(f"the parameter {name} is neither true nor false")
        return flag


def raw_path(target: str) -> str:
    """Return the path of a request target as sent; an absolute one (RFC 9112, 3.2.2) is cut."""
    path = target.partition("?")[0]
    if path.startswith("/") or "://" not in path:
        return path
    return "/" + path.partition("://")[2].partition("/")[2]


def parse_target(target: str) -> Target:
    """Cut and decode a request target.

    Raises:
        InvalidRequest: characters that a path may not hold, encoded slashes, backslashes and
            NUL, malformed escapes, text that is not UTF-8; all of it 400 in Tomcat.
    """
    path = raw_path(target)
    if not path.startswith("/"):
        raise InvalidRequest("the request target is not a path")
    if _REFUSED.search(path):
        raise InvalidRequest("the path has characters or escapes that a path may not have")
    try:
        segments = tuple(_decoded(segment) for segment in path[1:].split("/"))
    except UnicodeDecodeError:
        raise InvalidRequest("the path is not UTF-8") from None
    return Target(path, segments, _parameters(target.partition("?")[2]))


def without_prefix(target: Target, prefix: tuple[str, ...]) -> Target | None:
    """Return the target below a prefix, None if it is elsewhere."""
    if target.segments[: len(prefix)] != prefix:
        return None
    return Target(target.path, target.segments[len(prefix) :] or ("",), target.parameters)


def prefix_segments(prefix: str) -> tuple[str, ...]:
    """Return the segments of a configured prefix such as `/config`."""
    return tuple(part for part in prefix.split("/") if part)


def _decoded(segment: str) -> str:
    text = segment.partition(";")[0]
    return unquote_to_bytes(text).decode() if "%" in text else text


def _parameters(query: str) -> dict[str, str]:
    if not query:
        return {}
    if _BAD_ESCAPE.search(query):
        raise InvalidRequest("the query has a malformed escape")
    parameters: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequest("the query is not UTF-8") from None
    for name, value in pairs:
        parameters.setdefault(name, value)
    return parameters
