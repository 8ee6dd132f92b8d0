"""What watchers are sent: Server-Sent Events and JSON; pure.

The id of an event says all that is needed to go on from it, at any replica and after a restart.
"""

import json
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

from configserver.push import Change, State
from configserver.query import Query

MAX_KEYS: Final = 1_000
"""Keys that are named; of more it is only said that everything has to be read again."""

HEARTBEAT: Final = b": \n\n"


class Frame(NamedTuple):
    """Bytes of a stream, as they are and as a chunk of HTTP/1.1."""

    plain: bytes
    chunk: bytes


def frame(data: bytes) -> Frame:
    """Return bytes in both forms."""
    return Frame(data, b"%x\r\n%b\r\n" % (len(data), data))


def event(name: str, state: State, data: bytes) -> bytes:
    """Return an event with its id."""
    return f"event: {name}\nid: {event_id(state)}\ndata: ".encode() + data + b"\n\n"


def event_id(state: State) -> str:
    """Return a text without blanks and line ends that names a state."""
    return f"{quote(state.version or '', safe=',')}:{quote(state.etag, safe='')}"


def state_of(text: str) -> State | None:
    """Return the state that an id names, None if it is none of ours."""
    version, colon, etag = text.strip().partition(":")
    if not colon or not etag:
        return None
    return State(unquote(version) or None, unquote(etag))


def state_json(query: Query, state: State) -> bytes:
    """Return what is known of a query before anything changed."""
    return _json(_place(query, state))


def change_json(change: Change, *, reread: bool = False) -> bytes:
    """Return a change; if its keys are null, everything has to be read again."""
    keys = None if reread or change.keys is None or len(change.keys) > MAX_KEYS else change.keys
    before = change.before.version if change.before else None
    about = _place(change.query, change.after)
    return _json({**about, "previousCommit": before, "keys": None if keys is None else [*keys]})


def entity_tags(header: str) -> tuple[str, ...]:
    """Return the etags of an If-None-Match header, weak ones too; `*` is none."""
    tags = (part.strip().removeprefix("W/") for part in header.split(","))
    return tuple(tag[1:-1] for tag in tags if len(tag) > 2 and tag[0] == tag[-1] == '"')


def _place(query: Query, state: State) -> dict[str, Any]:
    return {
        "application": query.name,
        "profiles": list(query.profile_names),
        "label": query.label,
        "commit": state.version,
        "etag": state.etag,
    }


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")
