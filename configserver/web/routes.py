"""Every address of the server in one ordered table; the first entry that fits answers.

The order stands for Spring's rules: literal segments before variables, query conditions before
what is produced, fewer variables before more, `/**` last.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from configserver.web.errors import MethodNotAllowed, NoSuchAddress, NotAcceptable
from configserver.web.negotiation import (
    JSON,
    V2,
    Accept,
    environment_type,
    names_bytes,
)
from configserver.web.paths import Target, without_prefix

Segments: TypeAlias = tuple[str, ...]
Variables: TypeAlias = Mapping[str, str]

_EXTENSION = re.compile(r"\b\.(?:ya?ml|properties|json)\b")
"""What keeps a segment from being profiles: the negative look-ahead of the original."""
_SUFFIXES = frozenset({"yml", "yaml", "properties", "json"})


class Kind(Enum):
    """What answers."""

    OPTIONS = "options"
    ENVIRONMENT = "environment"
    FLAT = "flat"
    TEXT = "text"
    BYTES = "bytes"
    KEY = "key"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    ENCRYPTION_STATUS = "encryption status"
    ACTUATOR = "actuator"
    HEALTH = "health"
    INFO = "info"
    MONITOR = "monitor"
    WATCH = "watch"
    WATCHERS = "watchers"
    BUS_REFRESH = "bus refresh"
    REPLICAS = "replicas"

    @property
    def is_file(self) -> bool:
        """Say whether plain files are served here."""
        return self in {Kind.TEXT, Kind.BYTES}


@dataclass(frozen=True, slots=True)
class Route:
    """An entry of the table.

    Attributes:
        kind: what answers.
        method: GET (and with it HEAD) or POST.
        variables: what the path binds, None where it does not match.
        accepts: whether it produces what the client wants.
        prefixed: whether the configured prefix stands before it.
    """

    kind: Kind
    method: str
    variables: Callable[[Target], Variables | None]
    accepts: Callable[[Accept], bool] = lambda _: True
    prefixed: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """What answers, and the variables of the path; for OPTIONS the methods in `allow`."""

    kind: Kind
    variables: Variables
    allow: str = ""


def find_route(
    method: str,
    target: Target,
    accept: Accept,
    *,
    prefix: Segments = (),
    extensions: Sequence[Route] = (),
) -> Match:
    """Return what answers a request.

    Args:
        method: as sent.
        target: as sent, with the prefix.
        accept: what the client takes.
        prefix: segments of the configured prefix.
        extensions: what stands before the table.

    Raises:
        NoSuchAddress: 404.
        MethodNotAllowed: 405, naming the methods that are.
        NotAcceptable: 406, naming the types that there are.
    """
    below = without_prefix(target, prefix)
    matching = [
        (route, variables)
        for route in (*extensions, *ROUTES)
        if (place := below if route.prefixed else target) is not None
        and (variables := route.variables(place)) is not None
    ]
    if not matching:
        raise NoSuchAddress("there is nothing at this path", hint=_HINT)
    methods = sorted({route.method for route, _ in matching})
    if method == "OPTIONS":
        return Match(Kind.OPTIONS, {}, ",".join((*methods, "OPTIONS")).replace("GET", "GET,HEAD"))
    wanted = "GET" if method == "HEAD" else method
    if wanted not in methods:
        raise MethodNotAllowed(
            f"the method is not {' or '.join(methods)}", allow=", ".join(methods)
        )
    for route, variables in matching:
        if route.method == wanted and route.accepts(accept):
            return Match(route.kind, variables)
    raise NotAcceptable("the Accept header fits nothing that is served here", types=(JSON, V2))


_HINT = (
    "try /{application}/{profile}, /{application}/{profile}/{label}, "
    "/{label}/{application}-{profile}.yml or /{application}/{profile}/{label}/{file}"
)


def _literal(*expected: str) -> Callable[[Target], Variables | None]:
    def match(target: Target) -> Variables | None:
        return {} if target.segments == expected else None

    return match


def _below(first: str) -> Callable[[Target], Variables | None]:
    def match(target: Target) -> Variables | None:
        if len(target.segments) != 3 or target.segments[0] != first:
            return None
        return _bound(("name", "profiles"), target.segments[1:])

    return match


def _health(target: Target) -> Variables | None:
    if target.segments[:2] != ("actuator", "health"):
        return None
    return {"component": "/".join(target.segments[2:])}


def _environment(target: Target) -> Variables | None:
    segments = target.segments
    if len(segments) == 2 and not _EXTENSION.search(segments[1]):
        return _bound(("name", "profiles"), segments)
    if len(segments) == 3:
        return _bound(("name", "profiles", "label"), segments)
    return None


def _flat(target: Target) -> Variables | None:
    """Bind `[/{label}]/{name}-{profiles}.{suffix}`; the last hyphen splits."""
    *label, last = target.segments
    stem, _, suffix = last.rpartition(".")
    name, hyphen, profiles = stem.rpartition("-")
    if len(label) > 1 or label == [""] or not hyphen or suffix not in _SUFFIXES:
        return None
    variables = {"name": name, "profiles": profiles, "suffix": suffix}
    return variables | ({"label": label[0]} if label else {})


def _default_label_file(target: Target) -> Variables | None:
    if "useDefaultLabel" not in target.parameters or len(target.segments) != 3:
        return None
    return _bound(("name", "profiles", "path"), target.segments)


def _file(target: Target) -> Variables | None:
    if len(target.segments) < 3:
        return None
    bound = _bound(("name", "profiles", "label"), target.segments[:3])
    return bound and bound | {"path": "/".join(target.segments[3:])}


def _bound(names: Segments, segments: Segments) -> dict[str, str] | None:
    return dict(zip(names, segments, strict=True)) if all(segments) else None


def _is_json(accept: Accept) -> bool:
    return environment_type(accept) is not None


ROUTES = (
    Route(Kind.ACTUATOR, "GET", _literal("actuator"), prefixed=False),
    Route(Kind.INFO, "GET", _literal("actuator", "info"), prefixed=False),
    Route(Kind.HEALTH, "GET", _health, prefixed=False),
    Route(Kind.ENCRYPTION_STATUS, "GET", _literal("encrypt", "status"), _is_json),
    Route(Kind.KEY, "GET", _literal("key")),
    Route(Kind.KEY, "GET", _below("key")),
    Route(Kind.ENCRYPT, "POST", _literal("encrypt")),
    Route(Kind.DECRYPT, "POST", _literal("decrypt")),
    Route(Kind.ENCRYPT, "POST", _below("encrypt")),
    Route(Kind.DECRYPT, "POST", _below("decrypt")),
    Route(Kind.BYTES, "GET", _default_label_file, names_bytes),
    Route(Kind.TEXT, "GET", _default_label_file),
    Route(Kind.ENVIRONMENT, "GET", _environment, _is_json),
    Route(Kind.FLAT, "GET", _flat),
    Route(Kind.BYTES, "GET", _file, names_bytes),
    Route(Kind.TEXT, "GET", _file),
)
