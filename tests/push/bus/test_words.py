"""Words of those who are told beside the bus, on a bus: no application takes them for its own."""

import json

import pytest

from configserver.push.bus.bus import Bus
from configserver.push.bus.events import NotAnEvent, RefreshEvent, WordsEvent, decode, encode
from configserver.push.bus.options import BusOptions
from configserver.push.claims.keys import Key
from configserver.push.claims.words import Claim, Done, Word
from tests.push.bus.brokers import Hints

WORDS = (
    Claim(by="a", count=1, keys=(Key("who", "what"),)),
    Done(by="a", keys=(Key("who", "what"),), seen={"a": 1}),
)
EVENT = WordsEvent(id="1", origin="cfg:1:a", destination="**", timestamp=5, words=WORDS)


class Nobody:
    """A broker that keeps nothing."""

    name = "nobody"

    async def publish(self, body: bytes) -> None:
        """Lose a message."""


def test_words_arrive_as_they_were_said() -> None:
    assert decode(encode(EVENT)) == EVENT
    written = json.loads(encode(EVENT))
    assert written["type"] == "ConfigServerWordsRemoteApplicationEvent"


@pytest.mark.parametrize("words", [None, {}, [1] * 1001])
def test_what_holds_no_list_of_words_is_no_event(words: object) -> None:
    with pytest.raises(NotAnEvent, match="'words' is no list"):
        decode(json.dumps({**json.loads(encode(EVENT)), "words": words}).encode())


async def test_words_of_others_are_heard_and_are_no_hints() -> None:
    hints, heard = Hints(), list[Word]()
    bus = Bus(Nobody(), hints, BusOptions(id="cfg:1:b"))
    bus.words = heard.append
    await bus.heard(encode(EVENT))
    await bus.heard(encode(RefreshEvent(id="1", origin="x:1:a", destination="y:**", timestamp=5)))
    assert (tuple(heard), hints.taken) == (WORDS, [])
