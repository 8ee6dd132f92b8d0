"""Hints and words from replica to replica through a broker, whichever it is."""

import asyncio
import random
import uuid
from collections.abc import Callable, Sequence
from typing import Final, Protocol, Self

from configserver.logs import get_logger
from configserver.push import DeliveryFailed, DoorState, Hint, Hints
from configserver.push.claims.words import Word, ignore
from configserver.push.delivery.retries import FOR_EVER, Retries, pause
from configserver.push.doors.ending import end
from configserver.push.doors.messages import Message, NotAMessage, decode, encode
from configserver.push.doors.outbox import Outbox
from configserver.push.doors.speech import Speech, take
from configserver.push.doors.tls import connection_failure

OPEN_SECONDS: Final = 15.0
"""How long it may take to connect and subscribe."""

_log = get_logger("configserver.push")


class Wire(Protocol):
    """A connection to a broker; any exception means that it is lost."""

    async def open(self) -> None:
        """Connect and subscribe; returns when messages are received from now on."""

    async def receive(self) -> bytes:
        """Return the next message; raises soon after the connection is lost, however it is."""

    async def send(self, body: bytes) -> None:
        """Publish a message; returns when the broker has it."""

    async def close(self) -> None:
        """Let go of everything; the wire may be opened again."""


class BrokerRelay:
    """Passes hints on through a broker, and takes those of the others.

    A broker that keeps nothing suffices: whenever the connection comes to be, this replica looks at
    everything once, and so misses nothing that was said meanwhile. It connects again for ever.

    Args:
        name: of the broker, for logs, health and hints.
        wire: the connection.
        hints: what takes the hints of others.
        replica: id of this process.
        retries: the pauses between tries to connect.

    Attributes:
        heard: takes the words of others.
    """

    def __init__(
        self,
        name: str,
        wire: Wire,
        hints: Hints,
        *,
        replica: str,
        retries: Retries = FOR_EVER,
    ) -> None:
        self._name = name
        self._wire = wire
        self._hints = hints
        self._replica = replica
        self.heard: Callable[[Word], None] = ignore
        self._retries = retries
        self._outbox = Outbox(name, self._publish_hint, retries=retries)
        self._speech = Speech(name, self._publish_words)
        self._connected = False
        self._reason: str | None = "is not connected yet"
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """See Relay."""
        return self._name

    def relay(self, hint: Hint) -> None:
        """See Relay."""
        self._outbox.put(hint)

    def say(self, word: Word) -> None:
        """See Speaker."""
        self._speech.say(word)

    def report(self) -> DoorState:
        """Say how it is doing."""
        state = self._outbox.report()
        if self._connected:
            return state
        return DoorState(
            name=self._name,
            up=False,
            delivered=state.delivered,
            waiting=state.waiting,
            reason=self._reason,
        )

    async def __aenter__(self) -> Self:
        """Begin to connect; waits for nothing."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        await self._outbox.__aenter__()
        await self._speech.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what waits, within a moment, and let go of the broker."""
        await self._speech.__aexit__()
        await self._outbox.__aexit__()
        if self._task is not None:
            await end(self._task)

    async def _run(self) -> None:
        tries = 0
        while True:
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    await self._wire.open()
                tries = 0
                await self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may go well
                tries += 1
                self._lost(error, tries)
            finally:
                self._connected = False
                await self._closed()
            chance = random.random()  # noqa: S311 - jitter is no secret
            await asyncio.sleep(pause(self._retries, tries, elapsed=0.0, chance=chance) or 0.0)

    async def _closed(self) -> None:
        """Close the wire, whatever state it is in."""
        try:
            async with asyncio.timeout(1.0):
                await self._wire.close()
        except Exception as error:  # noqa: BLE001 - it is lost anyway
            _log.debug("connection was not closed", relay=self._name, error=type(error).__name__)

    async def _listen(self) -> None:
        self._connected, self._reason = True, None
        _log.info("relay is connected", relay=self._name)
        self._hints.hint(Hint(origin=self._name, relayed=True))
        self._outbox.wake()
        while True:
            self._received(await self._wire.receive())

    def _received(self, body: bytes) -> None:
        try:
            message = decode(body)
        except NotAMessage as error:
            _log.warning("message is refused", relay=self._name, reason=f"it {error}")
            return
        if message.replica != self._replica:
            take(message, self._hints, self.heard)

    async def _publish_hint(self, hint: Hint) -> None:
        await self._publish(Message(id=str(uuid.uuid4()), replica=self._replica, hint=hint))

    async def _publish_words(self, words: Sequence[Word]) -> None:
        await self._publish(Message(id=str(uuid.uuid4()), replica=self._replica, words=words))

    async def _publish(self, message: Message) -> None:
        if not self._connected:
            raise DeliveryFailed(self._reason or "is not connected")
        await self._wire.send(encode(message))

    def _lost(self, error: Exception, tries: int) -> None:
        failure = connection_failure(error)
        before, self._reason = self._reason, f"no connection: {failure}"
        if self._connected or before != self._reason:
            _log.warning(
                "relay has no connection",
                relay=self._name,
                reason=str(failure),
                tries=tries,
                hint=failure.hint or "it is tried again until it is there",
            )
