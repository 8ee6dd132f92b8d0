"""Events of Spring Cloud Bus as JSON, member by member as the original writes them, and back.

Nothing that comes in is trusted: what is too large, too deep or of the wrong shape is no event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypedDict

import orjson

from configserver.push.claims.words import Word, read, write

MAX_BODY: Final = 1 << 20
"""Bytes of a message."""

MAX_TEXT: Final = 8192
"""Characters of an id, an origin, a destination."""

MAX_ITEMS: Final = 1000
"""Repositories or refs that one event names."""

EVERYBODY: Final = "**"

_REFRESH: Final = "RefreshRemoteApplicationEvent"
_ACK: Final = "AckRemoteApplicationEvent"
_ENVIRONMENT: Final = "EnvironmentChangeRemoteApplicationEvent"
_LOOK: Final = "ConfigServerLookRemoteApplicationEvent"
_WORDS: Final = "ConfigServerWordsRemoteApplicationEvent"
_PACKAGE: Final = "org.springframework.cloud.bus.event"


class NotAnEvent(ValueError):
    """A message that holds no event; says why, without what it holds."""


class Common(TypedDict):
    """The fields of `Event`, to make events with."""

    id: str
    origin: str
    destination: str
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says.

    Attributes:
        id: a UUID, an empty text if the sender gave none.
        origin: bus id of the sender.
        destination: whom it is for, as it is written.
        timestamp: milliseconds since 1970; 0 if the sender gave none, or a text.
    """

    id: str
    origin: str
    destination: str
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshEvent(Event):
    """Applications are to read their configuration again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AckEvent(Event):
    """Somebody obeyed an event: its id, its destination, and the name of its class."""

    ack_id: str
    ack_destination: str
    event: str = f"{_PACKAGE}.{_REFRESH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChangeEvent(Event):
    """Values that applications are to set; this server sends none and obeys none."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEvent(Event):
    """This server's own: other replicas of it are to look at repositories; all others ignore it.

    Attributes:
        repositories: URIs without credentials, empty for all.
        refs: full names of what moved, empty if unknown.
    """

    repositories: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsEvent(Event):
    """This server's own: who tells those beside the bus, see `configserver.push.claims`."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent(Event):
    """An event of a type that means nothing to this server, such as `busshutdown`'s."""

    type: str


AnyEvent: TypeAlias = (
    RefreshEvent | AckEvent | EnvironmentChangeEvent | LookEvent | WordsEvent | OtherEvent
)


def encode(event: RefreshEvent | AckEvent | LookEvent | WordsEvent) -> bytes:
    """Return an event as the original writes it: compact, members in its order, UTF-8."""
    common = {
        "destinationService": event.destination,
        "id": event.id,
        "originService": event.origin,
        "timestamp": event.timestamp,
    }
    match event:
        case RefreshEvent():
            return orjson.dumps({"type": _REFRESH, **common})
        case LookEvent():
            more = {"repositories": event.repositories, "refs": event.refs}
            return orjson.dumps({"type": _LOOK, **common, **more})
        case WordsEvent():
            return orjson.dumps({"type": _WORDS, **common, "words": list(map(write, event.words))})
        case AckEvent():
            ack = {
                "type": _ACK,
                "ackDestinationService": event.ack_destination,
                "ackId": event.ack_id,
                "destinationService": event.destination,
                "event": event.event,
            }
            return orjson.dumps(ack | common)


def decode(body: bytes) -> AnyEvent:
    """Return the event in a message; order and further members do not matter.

    Raises:
        NotAnEvent: it holds none.
    """
    members = _members(body)
    common: Common = {
        "id": _text(members, "id", default=""),
        "origin": _text(members, "originService"),
        "destination": _text(members, "destinationService"),
        "timestamp": _milliseconds(members),
    }
    match _text(members, "type"):
        case "RefreshRemoteApplicationEvent":
            return RefreshEvent(**common)
        case "AckRemoteApplicationEvent":
            return AckEvent(
                **common,
                ack_id=_text(members, "ackId", default=""),
                ack_destination=_text(members, "ackDestinationService", default=""),
                event=_text(members, "event", default=""),
            )
        case "EnvironmentChangeRemoteApplicationEvent":
            return EnvironmentChangeEvent(**common, values=_values(members))
        case "ConfigServerLookRemoteApplicationEvent":
            repositories, refs = _texts(members, "repositories"), _texts(members, "refs")
            return LookEvent(**common, repositories=repositories, refs=refs)
        case "ConfigServerWordsRemoteApplicationEvent":
            return WordsEvent(**common, words=_words(members))
        case other:
            return OtherEvent(**common, type=other)


def _members(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BODY:
        raise NotAnEvent(f"it is longer than {MAX_BODY} bytes")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAnEvent("it is no JSON") from None
    if not isinstance(found, dict):
        raise NotAnEvent("it is no JSON object")
    return found


def _text(members: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    found = members.get(name)
    if found is None and default is not None:
        return default
    if not isinstance(found, str):
        raise NotAnEvent(f"'{name}' is missing" if found is None else f"'{name}' is no text")
    if len(found) > MAX_TEXT:
        raise NotAnEvent(f"'{name}' is longer than {MAX_TEXT} characters")
    return found


def _milliseconds(members: Mapping[str, Any]) -> int:
    found = members.get("timestamp")
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _values(members: Mapping[str, Any]) -> Mapping[str, str]:
    found = members.get("values")
    if not isinstance(found, dict) or len(found) > MAX_ITEMS:
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _texts(members: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found: Sequence[Any] | None = members.get(name)
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise NotAnEvent(f"'{name}' is no list, or too long")
    if not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in found):
        raise NotAnEvent(f"'{name}' holds what is no text, or too long")
    return tuple(found)


def _words(members: Mapping[str, Any]) -> tuple[Word, ...]:
    found = members.get("words")
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise NotAnEvent("'words' is no list, or too long")
    return tuple(word for one in found if (word := read(one)) is not None)
