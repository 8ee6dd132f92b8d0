"""The bus as a door and a relay: refreshes become events, events of others become hints."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from configserver.logs import get_logger
from configserver.push import DeliveryFailed, Hint, Hints, Refresh
from configserver.push.bus import Publisher
from configserver.push.bus.addresses import without_credentials
from configserver.push.bus.destinations import destinations_of, identity
from configserver.push.bus.events import (
    EVERYBODY,
    MAX_ITEMS,
    AckEvent,
    AnyEvent,
    Common,
    LookEvent,
    NotAnEvent,
    RefreshEvent,
    WordsEvent,
    decode,
    encode,
)
from configserver.push.bus.leaders import Leaders
from configserver.push.bus.matching import concerns
from configserver.push.bus.options import BusOptions
from configserver.push.bus.owed import Owed
from configserver.push.bus.told import Told
from configserver.push.claims.words import Word, ignore
from configserver.push.doors.speech import Speech

ORIGIN: Final = "bus"
"""Of the hints that the bus gives."""

_RELAYS: Final = 100
_logger = get_logger("configserver.push.bus")


class Bus:
    """Tells applications on one broker, and hears what is said there; see Door and Relay.

    Whoever opens it keeps `run` running, and tells it of messages and of the connection.

    Args:
        publisher: sends messages.
        hints: takes what the bus says has changed.
        options: see there.
        clock: seconds, for what is compared here only.

    Attributes:
        speech: says words to other replicas, of those who are told beside the bus.
        words: takes such words of others.
    """

    def __init__(
        self,
        publisher: Publisher,
        hints: Hints,
        options: BusOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publisher = publisher
        self._hints = hints
        self._options = options
        self._clock = clock
        self._told = Told(clock)
        self._owed = Owed()
        self._back = asyncio.Event()
        self._relays: asyncio.Queue[Hint] = asyncio.Queue(_RELAYS)
        self._leaders = Leaders(clock)
        self.speech = Speech(self.name, self._send_words)
        self.words: Callable[[Word], None] = ignore

    @property
    def name(self) -> str:
        """See Door."""
        return self._publisher.name

    async def run(self) -> None:
        """Send relays, and what is owed after the broker was away, until cancelled."""
        async with self.speech, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_relays())
            tasks.create_task(self._repay())

    async def deliver(self, refresh: Refresh) -> None:
        """See Door: one event for each destination, but for those that another replica has told.

        Only what was told after this server had found the change counts: whoever obeyed earlier
        may have asked this server, and got what was there before.
        """
        found = self._clock()
        planned = destinations_of(refresh, exact=self._options.exact)
        if not planned:
            return
        try:
            if not await self._leads(refresh):
                patience = self._options.patience
                planned = await self._told.untold(planned, since=found, patience=patience)
            for destination, tokens in planned.items():
                await self._tell(destination, identity(destination, tokens))
        except (DeliveryFailed, asyncio.CancelledError):
            self._owed.failed(planned)
            raise

    async def order(self, destination: str) -> None:
        """Tell a destination, whatever has changed.

        Raises:
            DeliveryFailed: the broker did not take it.
        """
        await self._tell(destination)

    def relay(self, hint: Hint) -> None:
        """See Relay; a full line of hints becomes one that names no repository."""
        if hint.relayed:
            return
        if self._relays.full():
            while not self._relays.empty():
                self._relays.get_nowait()
            hint = Hint(origin=hint.origin)
        self._relays.put_nowait(hint)

    def connected(self, up: bool) -> None:  # noqa: FBT001 - it says what its name says
        """Take note that the connection to the broker is there, or gone."""
        if not up:
            self._owed.lost(self._clock())
            return
        # What was relayed while there was no connection has been missed.
        self._hints.hint(Hint(origin=ORIGIN, relayed=True))
        self._back.set()

    async def heard(self, body: bytes) -> None:
        """Take a message of the broker; one that holds no event is dropped."""
        try:
            event = decode(body)
        except NotAnEvent as problem:
            _logger.debug("bus message dropped", broker=self.name, reason=str(problem))
            return
        if self._options.trace:
            about = {"origin": event.origin, "destination": event.destination}
            _logger.info("bus event", broker=self.name, type=type(event).__name__, **about)
        if event.origin == self._options.id:
            return
        try:
            await self._obey(event)
        except Exception:
            _logger.exception("bus event failed", broker=self.name)

    async def _obey(self, event: AnyEvent) -> None:
        heard = Hint(origin=ORIGIN, delivery=event.id or None, relayed=True)
        if isinstance(event, LookEvent):
            self._leaders.note(event.origin)
            self._hints.hint(replace(heard, uris=event.repositories, refs=event.refs))
        elif isinstance(event, WordsEvent):
            for word in event.words:
                self.words(word)
        elif isinstance(event, RefreshEvent):
            self._told.note(event.destination, event.id)
            if concerns(event.destination, self._options.id):
                self._hints.hint(heard)
                await self._acknowledge(event)

    async def _acknowledge(self, event: RefreshEvent) -> None:
        if not self._options.acks:
            return
        ack = AckEvent(
            **self._common(self._options.ack_destination),
            ack_id=event.id or str(uuid4()),
            ack_destination=event.destination,
        )
        try:
            await self._publisher.publish(encode(ack))
        except DeliveryFailed as failed:
            _logger.debug("bus ack not sent", broker=self.name, reason=str(failed))

    async def _leads(self, refresh: Refresh) -> bool:
        """Say whether this replica is the one that tells; let the others find the change first.

        Whoever said that there is something to look at leads; of several, the first by its id.
        """
        me = self._options.id
        leaders = self._leaders.now()
        if leaders and me not in leaders:
            return False
        if not leaders:
            repositories = tuple(dict.fromkeys(one.repository for one in refresh.moved))
            refs = tuple(dict.fromkeys(one.ref for one in refresh.moved if one.ref))
            await self._send(Hint(origin=refresh.origin, uris=repositories, refs=refs))
        # Applications may ask any replica, and none is to serve what was before.
        await asyncio.sleep(self._options.head_start)
        return min((me, *self._leaders.now())) == me

    async def _tell(self, destination: str, event_id: str | None = None) -> None:
        event = RefreshEvent(**self._common(destination, event_id))
        await self._publisher.publish(encode(event))
        self._owed.told(destination, self._clock())
        _logger.info("bus refresh", broker=self.name, destination=destination)
        if concerns(destination, self._options.id):
            await self._acknowledge(event)  # the original obeys itself too, and says so

    async def _send(self, hint: Hint) -> None:
        self._leaders.note(self._options.id)
        event = LookEvent(
            **self._common(EVERYBODY),
            repositories=tuple(map(without_credentials, hint.uris[:MAX_ITEMS])),
            refs=hint.refs[:MAX_ITEMS],
        )
        await self._publisher.publish(encode(event))

    async def _send_words(self, words: Sequence[Word]) -> None:
        event = WordsEvent(**self._common(EVERYBODY), words=tuple(words))
        await self._publisher.publish(encode(event))

    async def _send_relays(self) -> None:
        while True:
            hint = await self._relays.get()
            try:
                await self._send(hint)
            except DeliveryFailed as failed:
                # As soon as there is a connection again, every replica looks.
                _logger.debug("bus relay not sent", broker=self.name, reason=str(failed))

    async def _repay(self) -> None:
        while True:
            await self._back.wait()
            self._back.clear()
            if not self._owed:
                continue
            await asyncio.sleep(self._options.settle)
            owed = self._owed.take()
            for place, destination in enumerate(owed):
                try:
                    await self._tell(destination)
                except DeliveryFailed:
                    self._owed.failed(owed[place:])
                    break

    def _common(self, destination: str, event_id: str | None = None) -> Common:
        return {
            "id": event_id or str(uuid4()),
            "origin": self._options.id,
            "destination": destination,
            "timestamp": time.time_ns() // 1_000_000,
        }
