"""Words on their way: together, in order, each tried once, and no more of them than fit."""

import asyncio
from collections.abc import Sequence

from configserver.push import DeliveryFailed
from configserver.push.claims.keys import Key
from configserver.push.claims.words import MOST_KEYS, Claim, Word
from configserver.push.doors.messages import MAX_MESSAGE, Message, decode, encode
from configserver.push.doors.speech import MOST_AT_ONCE, MOST_WAITING, Speech
from tests.push.doors.waiting import until


def claim(count: int, keys: int = 1) -> Claim:
    found = tuple(Key(f"{number:018x}", f"{number:018x}") for number in range(keys))
    return Claim(by="0a8e6a5e-0000-4000-8000-000000000001", count=count, keys=found)


class Sent:
    """Takes words, or refuses them."""

    def __init__(self) -> None:
        self.messages: list[list[Word]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.refuses = False

    @property
    def counts(self) -> list[int]:
        words = [word for message in self.messages for word in message]
        return [word.count for word in words if isinstance(word, Claim)]

    async def send(self, words: Sequence[Word]) -> None:
        await self.open.wait()
        if self.refuses:
            raise DeliveryFailed("refuses")
        self.messages.append(list(words))


async def test_what_waits_goes_together_and_in_order() -> None:
    sent = Sent()
    sent.open.clear()
    async with Speech("relay", sent.send) as speech:
        for number in range(100):
            speech.say(claim(number))
            await asyncio.sleep(0)
        sent.open.set()
        await until(lambda: len(sent.counts) == 100)
    assert sent.counts == list(range(100))
    assert max(map(len, sent.messages)) == MOST_AT_ONCE


async def test_what_was_refused_or_took_too_long_is_lost_and_the_rest_goes_on() -> None:
    sent = Sent()
    sent.refuses = True
    async with Speech("relay", sent.send, seconds=0.05) as speech:
        speech.say(claim(1))
        await asyncio.sleep(0.02)
        sent.refuses = False
        sent.open.clear()
        speech.say(claim(2))
        await asyncio.sleep(0.1)
        sent.open.set()
        speech.say(claim(3))
        await until(lambda: sent.counts)
    assert sent.counts == [3]


async def test_a_relay_that_hangs_keeps_a_bounded_number_of_words() -> None:
    sent = Sent()
    speech = Speech("relay", sent.send)
    for number in range(2 * MOST_WAITING):
        speech.say(claim(number))
    async with speech:
        pass
    assert sent.counts == list(range(MOST_WAITING, 2 * MOST_WAITING))


async def test_no_message_is_longer_than_it_may_be() -> None:
    sent = Sent()
    async with Speech("relay", sent.send) as speech:
        for number in range(5):
            speech.say(claim(number, 3 * MOST_KEYS))
    assert len(sent.counts) == 15
    for words in sent.messages:
        body = encode(Message(id="m", replica="r", words=words))
        assert len(body) <= MAX_MESSAGE
        assert list(decode(body).words) == words
