"""Words on their way to other replicas: those that wait go together, each is tried once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Self

from configserver.logs import get_logger
from configserver.push import Hints
from configserver.push.claims.words import Word, parts_of, size_of
from configserver.push.delivery.tries import failure_of
from configserver.push.doors.ending import end_empty
from configserver.push.doors.messages import Message

MOST_WAITING: Final = 1000
"""Words that wait; beyond it the oldest are lost."""

MOST_AT_ONCE: Final = 20
"""Words in one message."""

MOST_KEYS: Final = 2000
"""Keys in one message, unless one word has more."""

CLOSING_SECONDS: Final = 0.5

_log = get_logger("configserver.push")


class Speech:
    """Says words to other replicas. What is lost is told twice, so nothing is said again.

    Args:
        name: of the relay.
        send: says some words; raises DeliveryFailed if they were not taken.
        seconds: how long that may take.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[Sequence[Word]], Awaitable[None]],
        *,
        seconds: float = 5.0,
    ) -> None:
        self._name = name
        self._send = send
        self._seconds = seconds
        self._waiting: deque[Word] = deque(maxlen=MOST_WAITING)
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def say(self, word: Word) -> None:
        """Say a word, soon; returns at once."""
        self._waiting.extend(parts_of(word))
        self._emptied.clear()
        self._filled.set()

    async def __aenter__(self) -> Self:
        """Begin to send."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what waits, if that takes no longer than a moment, then end."""
        if self._task is not None:
            seconds = CLOSING_SECONDS if self._waiting else 0.0
            await end_empty(self._task, self._emptied, seconds=seconds)

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while words := self._next():
                if failure := await failure_of(self._send(words), self._seconds):
                    _log.debug("words are lost", relay=self._name, reason=str(failure))
            self._emptied.set()

    def _next(self) -> Sequence[Word]:
        words: list[Word] = []
        keys = 0
        while self._waiting and len(words) < MOST_AT_ONCE:
            keys += size_of(self._waiting[0])
            if words and keys > MOST_KEYS:
                break
            words.append(self._waiting.popleft())
        return words


def take(message: Message, hints: Hints, heard: Callable[[Word], None]) -> None:
    """Hand on what another replica sent."""
    if message.hint is not None:
        hints.hint(message.hint)
    for word in message.words:
        heard(word)
