"""Hints as replicas send them to one another; pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from configserver.push import Hint

MAX_MESSAGE: Final = 256 * 1024
"""Bytes of a message."""

_MAX_ITEMS: Final = 1000
_LISTS: Final = ("uris", "refs", "paths")


class NotAMessage(ValueError):
    """Bytes that no replica sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A hint on its way.

    Attributes:
        id: of the message, the same for each try to send it.
        replica: who sends it, so that a replica knows its own.
        hint: what it says.
    """

    id: str
    replica: str
    hint: Hint


def encode(message: Message) -> bytes:
    """Return a message as bytes; lists that are too long become unknown, which says more."""
    hint, body = message.hint, b""
    # Without paths a hint says more, without refs still more: it is looked at in more places.
    for kept in (_LISTS, _LISTS[:2], _LISTS[:1], ()):
        lists = {name: getattr(hint, name) if name in kept else () for name in _LISTS}
        written = {
            "id": message.id,
            "replica": message.replica,
            "origin": hint.origin[:100],
            **lists,
        }
        body = json.dumps(written, separators=(",", ":")).encode()
        if len(body) <= MAX_MESSAGE and all(len(one) <= _MAX_ITEMS for one in lists.values()):
            break
    return body


def decode(body: bytes) -> Message:
    """Return the message that bytes stand for; its hint is a relayed one, and goes no further.

    Raises:
        NotAMessage: they stand for none.
    """
    if len(body) > MAX_MESSAGE:
        raise NotAMessage(f"is longer than {MAX_MESSAGE} bytes")
    try:
        written = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAMessage("is no JSON") from None
    if not isinstance(written, dict):
        raise NotAMessage("is no JSON object")
    text = _reader(written)
    uris, refs, paths = (_texts(written, name) for name in _LISTS)
    hint = Hint(
        origin=text("origin"),
        uris=uris,
        refs=refs,
        paths=paths,
        delivery=text("id"),
        relayed=True,
    )
    return Message(id=text("id"), replica=text("replica"), hint=hint)


def _reader(written: dict[str, object]) -> Callable[[str], str]:
    def text(name: str) -> str:
        value = written.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 100:
            raise NotAMessage(f"has no {name}")
        return value

    return text


def _texts(written: dict[str, object], name: str) -> tuple[str, ...]:
    found = written.get(name, [])
    if not isinstance(found, list) or len(found) > _MAX_ITEMS:
        raise NotAMessage(f"has no list of {name}")
    if not all(isinstance(one, str) for one in found):
        raise NotAMessage(f"has {name} that are no texts")
    return tuple(found)
