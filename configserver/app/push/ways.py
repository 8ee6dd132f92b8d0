"""The ways to those who hold no connection to this server; a server without any imports nothing."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from configserver.push import Door, DoorState, Hints, Refresh, Relay
from configserver.push.claims.sharing import Sharing
from configserver.push.claims.words import Speaker, Word, ignore
from configserver.settings import Settings
from configserver.settings.replicas import ReplicasSettings
from configserver.web.extensions import Extension
from configserver.web.push.callers import Ask, Visits

Prepared = Callable[[web.Request, web.StreamResponse], Awaitable[None]]
"""A receiver of `on_response_prepare`."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Some ways, open.

    Attributes:
        publish: takes refreshes for those who are told this way, None if nobody is.
        relays: what hints are passed on by.
        extensions: addresses.
        ask: takes note of who asks, None if nobody is called back.
        reports: returns how they are doing.
    """

    publish: Callable[[Refresh], None] | None = None
    relays: Sequence[Relay] = ()
    extensions: Sequence[Extension] = ()
    ask: Ask | None = None
    reports: Callable[[], Sequence[DoorState]] = tuple


@asynccontextmanager
async def open_ways(
    settings: Settings, hints: Hints, sharing: Sharing | None = None
) -> AsyncIterator[Ways]:
    """Open brokers, instances and webhooks until the context ends; nothing waits for them.

    Args:
        settings: of the server.
        hints: takes what brokers say has changed.
        sharing: with other replicas, None if there are none.

    Raises:
        SettingsError: a package is missing, or something that a setting names.
    """
    buses: Sequence[Door] = ()
    ways = Ways()
    async with AsyncExitStack() as stack:
        if settings.brokers:
            from configserver.app.push.bus import open_bus  # noqa: PLC0415 - see above

            bus = await stack.enter_async_context(open_bus(settings, hints))
            buses = bus.buses
            if sharing is not None:
                sharing.say = _to_all([one.speech for one in bus.buses])
                for one in bus.buses:
                    one.words = sharing.heard
            ways = Ways(relays=bus.buses, extensions=bus.extensions)
        own = settings.refresh
        if buses or own.instances or own.callers or settings.notify.webhooks:
            from configserver.app.push.doors import open_doors  # noqa: PLC0415 - see above

            doors = await stack.enter_async_context(open_doors(settings, buses, sharing))
            ask = doors.callers.ask if doors.callers else None
            told = doors.deliveries
            ways = Ways(told.publish, ways.relays, ways.extensions, ask, told.reports)
        yield ways


@asynccontextmanager
async def open_replica_ways(
    settings: Settings, hints: Hints, sharing: Sharing | None = None
) -> AsyncIterator[Ways]:
    """Open what leads to other replicas until the context ends; nothing waits for them.

    Words go this way rather than by the bus, which everybody hears.

    Args:
        settings: of the server.
        hints: takes those of other replicas.
        sharing: what takes their words, None if nobody does.

    Raises:
        SettingsError: as `open_ways`.
    """
    if settings.replicas == ReplicasSettings():
        yield Ways()
        return
    from configserver.app.push.replicas import open_replicas  # noqa: PLC0415 - see above

    heard = ignore if sharing is None else sharing.heard
    async with open_replicas(settings, hints, heard) as replicas:
        if sharing is not None and replicas.relays:
            sharing.say = _to_all(replicas.relays)
        yield Ways(None, replicas.relays, replicas.extensions, None, replicas.reports)


def sharing_of(settings: Settings) -> Sharing | None:
    """Return what tells other replicas who is told here; None if there is nobody to share with."""
    own, spread = settings.replicas, settings.spread
    told = settings.refresh.instances or settings.refresh.callers or settings.notify.webhooks
    if not told or not (own.others or settings.brokers):
        return None
    # A replica that tells gently is silent between two batches.
    pause = spread.pause + spread.jitter if spread.batch else 0.0
    return Sharing(str(uuid.uuid4()), head_start=own.head_start, hold=own.hold + pause)


def _to_all(speakers: Sequence[Speaker]) -> Callable[[Word], None]:
    def say(word: Word) -> None:
        for speaker in speakers:
            speaker.say(word)

    return say


def prepared(
    settings: Settings, ask: Ask | None, extensions: Sequence[Extension]
) -> Sequence[Prepared]:
    """Return what has to see each response, so that those who asked can be called back."""
    if ask is None:
        return ()
    routes = [route for extension in extensions for route in extension.routes]
    visits = Visits(ask, prefix=settings.serving.prefix, extensions=routes)
    return (visits.prepared,)
