"""Events are written as the original writes them, and read whoever wrote them."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.bus.events import (
    MAX_BODY,
    AckEvent,
    EnvironmentChangeEvent,
    LookEvent,
    NotAnEvent,
    OtherEvent,
    RefreshEvent,
    decode,
    encode,
)
from tests.push.bus import recorded

ORIGIN = "cfg:39003:bb45b1147537d507fd0a9a25f6f7089f"


def test_a_refresh_event_is_read_and_written_as_recorded() -> None:
    event = decode(recorded.REFRESH)
    assert event == RefreshEvent(
        id="1f006ffd-b1df-4ec8-9371-d559c10be257",
        origin=ORIGIN,
        destination="foo-dev:**",
        timestamp=1795262756922,
    )
    assert encode(event) == recorded.REFRESH


@pytest.mark.parametrize("sample", [recorded.ACK, recorded.CLIENT_ACK])
def test_an_ack_is_read_and_written_as_recorded(sample: bytes) -> None:
    event = decode(sample)
    assert isinstance(event, AckEvent)
    assert encode(event) == sample


def test_what_this_server_does_not_obey_is_read_all_the_same() -> None:
    change = decode(recorded.ENVIRONMENT)
    assert isinstance(change, EnvironmentChangeEvent)
    assert change.values == {"a.b": "c"}
    shutdown = decode(recorded.SHUTDOWN)
    assert isinstance(shutdown, OtherEvent)
    assert (shutdown.type, shutdown.destination) == ("ShutdownRemoteApplicationEvent", "zzz:**")


def test_a_look_event_of_this_server_has_a_type_that_others_do_not_know() -> None:
    event = LookEvent(
        id="1",
        origin="a:1:x",
        destination="**",
        timestamp=5,
        repositories=("https://git/x",),
        refs=("refs/heads/main",),
    )
    assert encode(event) == (
        b'{"type":"ConfigServerLookRemoteApplicationEvent","destinationService":"**","id":"1",'
        b'"originService":"a:1:x","timestamp":5,"repositories":["https://git/x"],'
        b'"refs":["refs/heads/main"]}'
    )
    assert decode(encode(event)) == event


VALID = {
    "type": "RefreshRemoteApplicationEvent",
    "destinationService": "**",
    "originService": "a:1:x",
    "id": "1",
    "timestamp": 5,
}


@pytest.mark.parametrize(
    ("changed", "id_", "timestamp"),
    [
        ({}, "1", 5),
        ({"id": None}, "", 5),
        ({"timestamp": "2026-01-01T00:00:00Z"}, "1", 0),
        ({"timestamp": None}, "1", 0),
        ({"timestamp": True}, "1", 0),
        ({"timestamp": 1.5}, "1", 0),
        ({"more": [{}]}, "1", 5),
    ],
)
def test_id_timestamp_and_further_members_are_free(
    changed: dict[str, object], id_: str, timestamp: int
) -> None:
    event = decode(json.dumps({**VALID, **changed}, indent=2).encode())
    assert isinstance(event, RefreshEvent)
    assert (event.id, event.timestamp) == (id_, timestamp)
    members = list(VALID.items())
    assert decode(json.dumps(dict(reversed(members))).encode()) == decode(
        json.dumps(VALID).encode()
    )


LOOK = {**VALID, "type": "ConfigServerLookRemoteApplicationEvent", "repositories": [], "refs": []}

HOSTILE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": recorded.REFRESH[:-1],
    "no object": b"[1]",
    "null": b"null",
    "not UTF-8": b'{"type":"\xff"}',
    "deep": b'{"type":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "huge": json.dumps({**VALID, "more": "x" * MAX_BODY}).encode(),
    "NaN": b'{"type":NaN}',
    "no type": json.dumps({**VALID, "type": None}).encode(),
    "no origin": json.dumps({**VALID, "originService": None}).encode(),
    "no destination": json.dumps({**VALID, "destinationService": None}).encode(),
    "a number as destination": json.dumps({**VALID, "destinationService": 5}).encode(),
    "a list as type": json.dumps({**VALID, "type": ["x"]}).encode(),
    "an object as id": json.dumps({**VALID, "id": {}}).encode(),
    "a long destination": json.dumps({**VALID, "destinationService": "a:" * 5000}).encode(),
    "no repositories": json.dumps({**LOOK, "repositories": None}).encode(),
    "numbers as repositories": json.dumps({**LOOK, "repositories": [1]}).encode(),
    "too many repositories": json.dumps({**LOOK, "repositories": ["x"] * 1001}).encode(),
    "a text as refs": json.dumps({**LOOK, "refs": "abc"}).encode(),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_event_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(NotAnEvent) as caught:
        decode(body)
    assert len(str(caught.value)) < 100


@given(
    st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from([*VALID, "values"]), st.none() | st.integers() | st.text(max_size=20)
    ).map(lambda one: json.dumps(one).encode())
)
def test_any_bytes_are_an_event_or_not(body: bytes) -> None:
    with suppress(NotAnEvent):
        decode(body)
