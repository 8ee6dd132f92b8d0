"""The ways to those who hold no connection to this server; a server without any imports nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from configserver.push import Door, DoorState, Hints, Refresh, Relay
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
async def open_ways(settings: Settings, hints: Hints) -> AsyncIterator[Ways]:
    """Open brokers, instances and webhooks until the context ends; nothing waits for them.

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
            ways = Ways(relays=bus.buses, extensions=bus.extensions)
        own = settings.refresh
        if buses or own.instances or own.callers or settings.notify.webhooks:
            from configserver.app.push.doors import open_doors  # noqa: PLC0415 - see above

            doors = await stack.enter_async_context(open_doors(settings, buses))
            ask = doors.callers.ask if doors.callers else None
            told = doors.deliveries
            ways = Ways(told.publish, ways.relays, ways.extensions, ask, told.reports)
        yield ways


@asynccontextmanager
async def open_replica_ways(settings: Settings, hints: Hints) -> AsyncIterator[Ways]:
    """Open what leads to other replicas until the context ends; nothing waits for them.

    Raises:
        SettingsError: as `open_ways`.
    """
    if settings.replicas == ReplicasSettings():
        yield Ways()
        return
    from configserver.app.push.replicas import open_replicas  # noqa: PLC0415 - see above

    async with open_replicas(settings, hints) as replicas:
        yield Ways(None, replicas.relays, replicas.extensions, None, replicas.reports)


def prepared(
    settings: Settings, ask: Ask | None, extensions: Sequence[Extension]
) -> Sequence[Prepared]:
    """Return what has to see each response, so that those who asked can be called back."""
    if ask is None:
        return ()
    routes = [route for extension in extensions for route in extension.routes]
    visits = Visits(ask, prefix=settings.serving.prefix, extensions=routes)
    return (visits.prepared,)
