"""Server-Sent Events are read as the specification says, however they are cut."""

import pytest

from configserver.cli import sse
from configserver.cli.sse import Event, TooLong, events

STREAM = (
    b"\xef\xbb\xbf: hello\n\n"
    b"retry: 2500\n\n"
    b"event: change\nid: c1:e1\ndata: one\ndata:two\n\n"
    b"data\n\n"
    b"event: none\n\n"
    b"id\r\ndata: \xc3\xb6\r\n\r\n"
    b"data: x\r\rid: a\0b\ndata:  y\nunknown: z\n\n"
    b"data: incomplete\n"
)
EXPECTED = [
    Event("", ""),
    Event("", "", retry=2500),
    Event("change", "one\ntwo", "c1:e1"),
    Event("message", ""),
    Event("", ""),
    Event("message", "ö", ""),
    Event("message", "x"),
    Event("message", " y"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events(size: int) -> None:
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert list(events(chunks)) == EXPECTED


@pytest.mark.parametrize("line", [b"x" * 1000, b"data: y\n" * 200])
def test_an_event_without_end(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 5_000)
    with pytest.raises(TooLong):
        list(events([line] * 10))
