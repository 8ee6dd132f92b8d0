"""Server-Sent Events as clients read them (WHATWG HTML, 9.2); pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MAX_EVENT: Final = 4 * 1024 * 1024
"""Bytes of an event."""


class TooLong(Exception):
    """An event of more than MAX_EVENT bytes."""


@dataclass(frozen=True, slots=True)
class Event:
    """What stands in a block of the stream.

    Attributes:
        name: its type; empty for a block without data.
        data: its lines put together.
        id: of this event, None if it has none.
        retry: milliseconds to wait before connecting again, None if it does not say.
    """

    name: str
    data: str
    id: str | None = None
    retry: int | None = None


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield each block that is complete.

    Raises:
        TooLong: a block has no end.
    """
    block: list[str] = []
    size = 0
    for line in _lines(chunks):
        size += len(line)
        if size > MAX_EVENT:
            raise TooLong
        if line:
            block.append(line)
            continue
        if block:
            yield _event(block)
        block, size = [], 0


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield lines without their ends: a carriage return, a line feed, or both."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        if len(rest) > MAX_EVENT:
            raise TooLong
        # A carriage return at the end may be the first half of a line end.
        held = b"\r" if rest.endswith(b"\r") else b""
        whole = rest.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = whole.split(b"\n")
        rest += held
        for line in lines:
            yield line.decode("utf-8", "replace")


def _event(block: Iterable[str]) -> Event:
    name, data, id_, retry = "message", [], None, None
    for line in block:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id" if "\0" not in value:
                id_ = value
            case "retry" if value.isascii() and value.isdigit():
                retry = int(value)
    return Event(name if data else "", "\n".join(data), id_, retry)
