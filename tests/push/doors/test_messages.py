"""Hints on their way between replicas, and what is taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push import Hint
from configserver.push.claims.keys import Key
from configserver.push.claims.words import Done, write
from configserver.push.doors.messages import MAX_MESSAGE, Message, NotAMessage, decode, encode
from configserver.push.webhooks.uris import same_repository

_texts = st.lists(st.text(max_size=30), max_size=5).map(tuple)
_hints = st.builds(
    Hint,
    origin=st.text(min_size=1, max_size=100),
    uris=_texts,
    refs=_texts,
    paths=_texts,
)


@given(_hints)
def test_a_hint_arrives_as_it_was_sent_but_relayed(hint: Hint) -> None:
    found = decode(encode(Message(id="m1", replica="r1", hint=hint)))
    assert (found.id, found.replica) == ("m1", "r1")
    assert found.hint == Hint(
        origin=hint.origin,
        uris=hint.uris,
        refs=hint.refs,
        paths=hint.paths,
        delivery="m1",
        relayed=True,
    )


@pytest.mark.parametrize(
    ("hint", "lists"),
    [
        (Hint(origin="x", uris=("u",), refs=("r",), paths=("p",) * 1001), (("u",), ("r",), ())),
        (Hint(origin="x", uris=("u",), refs=("r" * 300_000,), paths=("p",)), (("u",), (), ())),
        (Hint(origin="x", uris=("u",) * 2000, refs=("r",), paths=("p",)), ((), (), ())),
    ],
)
def test_what_is_too_long_is_unknown_rather_than_cut(
    hint: Hint, lists: tuple[tuple[str, ...], ...]
) -> None:
    body = encode(Message(id="m", replica="r", hint=hint))
    assert len(body) <= MAX_MESSAGE
    found = decode(body).hint
    assert found is not None
    assert (found.uris, found.refs, found.paths) == lists


def message(**members: object) -> bytes:
    whole = {"id": "1", "replica": "r", "origin": "o", "uris": [], "refs": [], "paths": []}
    return json.dumps({**whole, **members}).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no JSON object"),
        (message(id=None), "has no id"),
        (message(replica=7), "has no replica"),
        (message(origin="x" * 101), "has no origin"),
        (message(uris="u"), "has no list of uris"),
        (message(refs=["r"] * 1001), "has no list of refs"),
        (message(paths=[1]), "has paths that are no texts"),
        (message(padding="x" * MAX_MESSAGE), "is longer than"),
        (message(words={}), "has no list of words"),
        (message(words=[1] * 1001), "has no list of words"),
    ],
)
def test_what_no_replica_sends_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotAMessage, match=reason):
        decode(body)


@given(st.binary())
def test_any_bytes_are_a_message_or_refused(body: bytes) -> None:
    try:
        decode(body)
    except NotAMessage:
        return


def test_members_of_later_versions_are_passed_over() -> None:
    found = decode(message(later=1)).hint
    assert found is not None
    assert found.origin == "o"


WORD = Done(by="b", keys=(Key("who", "what"),), seen={"a": 1})


def test_words_arrive_as_they_were_said() -> None:
    found = decode(encode(Message(id="m1", replica="r1", words=[WORD])))
    assert (found.id, found.replica, found.hint, found.words) == ("m1", "r1", None, (WORD,))


def test_words_of_later_versions_are_passed_over() -> None:
    found = decode(message(words=[{"by": "b", "later": 1}, write(WORD), 7]))
    assert (found.hint, found.words) == (None, (WORD,))


@pytest.mark.parametrize("uri", ["https://git.example.org/config.git", "/srv/config", "git@h:c"])
def test_who_knows_of_no_words_takes_them_for_a_hint_of_another_repository(uri: str) -> None:
    written = json.loads(encode(Message(id="m1", replica="r1", words=[WORD])))
    del written["words"]
    found = decode(json.dumps(written).encode()).hint
    assert found is not None
    assert found.uris
    assert not any(same_repository(claimed, uri) for claimed in found.uris)
