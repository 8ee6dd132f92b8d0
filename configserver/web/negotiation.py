"""Which type an answer has: the Accept header as Spring reads it.

A malformed header is None here: Spring then finds no handler that says what it produces, while
handlers that do not say answer all the same.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from configserver.web.charsets import is_known

V2 = "application/vnd.spring-cloud.config-server.v2+json"
JSON = "application/json"
BYTES = "application/octet-stream"
HTML = "text/html;charset=UTF-8"
ACTUATOR = "application/vnd.spring-boot.actuator.v3+json"
_ACTUATOR_TYPES = (ACTUATOR, "application/vnd.spring-boot.actuator.v2+json", JSON)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_RANGES = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_PARTS = re.compile(r'(?:[^;"]|"[^"]*"?)+')


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header; type and subtype in lower case.

    Attributes:
        parameters: `;name=value` as sent, without `q`.
        charset: the charset parameter, unquoted, or None.
    """

    type: str
    subtype: str
    quality: float = 1.0
    parameters: str = ""
    charset: str | None = None

    @property
    def name(self) -> str:
        """The type without parameters."""
        return f"{self.type}/{self.subtype}"

    @property
    def concrete(self) -> bool:
        """Say whether there is no wildcard in it."""
        return self.subtype != "*" and not self.subtype.startswith("*+")

    def covers(self, name: str) -> bool:
        """Say whether a concrete type is in this range, as `MimeType.includes` does."""
        kind, _, subtype = name.partition("/")
        if self.type == "*":
            return True
        if self.type != kind:
            return False
        if self.subtype.startswith("*+"):
            return subtype.endswith(self.subtype[1:])
        return self.subtype in {"*", subtype}

    @property
    def covers_json(self) -> bool:
        """Say whether JSON will do, as `MimeType.isCompatibleWith` does."""
        return self.covers(JSON) or self.name == "application/*+json"

    @property
    def echo(self) -> str:
        """The parameters to repeat on JSON, which is UTF-8 whatever the client would like."""
        utf8 = self.charset is None or self.charset.upper() == "UTF-8"
        return self.parameters if self.concrete and utf8 else ""

    @property
    def is_json(self) -> bool:
        """Say whether a JSON body can be of this type."""
        return self.name == JSON or (self.concrete and self.subtype.endswith("+json"))

    @property
    def text_header(self) -> str:
        """The Content-Type of a text of this type: UTF-8 is named, but for JSON."""
        named = self.charset or self.is_json
        return self.name + self.parameters + ("" if named else ";charset=UTF-8")


Accept: TypeAlias = tuple[MediaRange, ...] | None
ANY = (MediaRange("*", "*"),)


def parse_accept(header: str) -> Accept:
    """Return the ranges of an Accept header, the most wanted first, or None if it is malformed."""
    ranges = []
    for part in _RANGES.findall(header):
        if part.strip():
            media_range = _parse_range(part)
            if media_range is None:
                return None
            ranges.append(media_range)
    return tuple(sorted(ranges, key=_rank)) or ANY


def environment_type(accept: Accept) -> str | None:
    """Return the type of an environment, None if the client wants neither of the two."""
    for wanted in accept or ():
        for name in (JSON, V2):
            if wanted.covers(name):
                return name + wanted.echo
    return None


def names_bytes(accept: Accept) -> bool:
    """Say whether the client names octet-stream, in whatever place; `*/*` does not count."""
    return any(wanted.type != "*" and wanted.covers(BYTES) for wanted in accept or ())


def text_type(accept: Accept) -> MediaRange | None:
    """Return the type of a plain file as text, None if the client takes none."""
    for wanted in accept or ():
        if wanted.concrete:
            return wanted
        if wanted.covers("text/plain"):
            return MediaRange("text", "plain")
        if wanted.covers_json:
            return MediaRange("application", "json")
    return None


def error_type(accept: Accept) -> str | None:
    """Return the type of an error body, None if the client can read none that we have."""
    for wanted in accept or ():
        if wanted.is_json:
            return wanted.name + wanted.echo
        if wanted.covers_json:
            return JSON
        if wanted.covers("text/html"):
            return HTML
    return None


def json_type(accept: Accept) -> str | None:
    """Return the type of a JSON body of any kind, None if the client takes none."""
    for wanted in accept or ():
        if wanted.is_json:
            return wanted.name + wanted.echo
        if wanted.covers_json:
            return JSON
    return None


def parse_media_type(header: str) -> MediaRange | None:
    """Return the type that a Content-Type header names, None if it does not parse."""
    return _parse_range(header) if header.strip() else None


def actuator_type(accept: Accept) -> str | None:
    """Return the type of an actuator's answer, None if the client takes none of the three."""
    for wanted in accept or ():
        for name in _ACTUATOR_TYPES:
            if wanted.covers(name):
                return name + wanted.echo
    return None


def _rank(media_range: MediaRange) -> tuple[float, int]:
    wildcards = (media_range.type == "*") + (not media_range.concrete)
    return -media_range.quality, wildcards


def _parse_range(text: str) -> MediaRange | None:
    full, *rest = [part.strip() for part in _PARTS.findall(text)] or [""]
    kind, _, subtype = ("*/*" if full == "*" else full).lower().partition("/")
    if not (_TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype)):
        return None
    if kind == "*" and subtype != "*":
        return None
    return _with_parameters(kind, subtype, [part for part in rest if "=" in part])


def _with_parameters(kind: str, subtype: str, parameters: list[str]) -> MediaRange | None:
    quality, charset, kept = 1.0, None, ""
    for parameter in parameters:
        name, value = (part.strip() for part in parameter.split("=", 1))
        if not _TOKEN.fullmatch(name) or not (_TOKEN.fullmatch(value) or _quoted(value)):
            return None
        if name.lower() == "q":
            if not re.fullmatch(r"0?\.\d+|0\.?|1\.0*|1", value):
                return None
            quality = float(value)
            continue
        if name.lower() == "charset":
            charset = value = value.strip('"')
            if not is_known(charset):
                return None
        kept += f";{name}={value}"
    return MediaRange(kind, subtype, quality, kept, charset)


def _quoted(value: str) -> bool:
    return len(value) > 1 and value[0] == value[-1] == '"'
