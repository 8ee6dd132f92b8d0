"""Hints and words as replicas send them to one another; pure."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from configserver.push import Hint
from configserver.push.claims.words import Word, read, write

MAX_MESSAGE: Final = 256 * 1024
"""Bytes of a message."""

_MAX_ITEMS: Final = 1000
_LISTS: Final = ("uris", "refs", "paths")

_WORDS: Final = {"origin": "words", "uris": ["words:"], "refs": [], "paths": []}
"""What a replica that knows of no words takes for a hint of a repository that it does not serve."""


class NotAMessage(ValueError):
    """Bytes that no replica sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A hint on its way, or words of those who are told.

    Attributes:
        id: of the message, the same for each try to send it.
        replica: who sends it, so that a replica knows its own.
        hint: where to look, None in a message of words.
        words: who tells whom, see `configserver.push.claims`.
    """

    id: str
    replica: str
    hint: Hint | None = None
    words: Sequence[Word] = ()


def encode(message: Message) -> bytes:
    """Return a message as bytes; lists that are too long become unknown, which says more."""
    sender = {"id": message.id, "replica": message.replica}
    if (hint := message.hint) is None:
        return _json({**sender, **_WORDS, "words": [write(word) for word in message.words]})
    body = b""
    # Without paths a hint says more, without refs still more: it is looked at in more places.
    for kept in (_LISTS, _LISTS[:2], _LISTS[:1], ()):
        lists = {name: getattr(hint, name) if name in kept else () for name in _LISTS}
        body = _json({**sender, "origin": hint.origin[:100], **lists})
        if len(body) <= MAX_MESSAGE and all(len(one) <= _MAX_ITEMS for one in lists.values()):
            break
    return body


def decode(body: bytes) -> Message:
    """Return the message that bytes stand for; its hint is a relayed one, and goes no further.

    Words that are not known here are passed over: later versions may say more.

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
    if (words := written.get("words")) is not None:
        return Message(id=text("id"), replica=text("replica"), words=_words(words))
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


def _json(written: dict[str, Any]) -> bytes:
    return json.dumps(written, separators=(",", ":")).encode()


def _words(written: Any) -> tuple[Word, ...]:
    if not isinstance(written, list) or len(written) > _MAX_ITEMS:
        raise NotAMessage("has no list of words")
    return tuple(word for one in written if (word := read(one)) is not None)


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
