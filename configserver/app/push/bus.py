"""From settings to Spring Cloud Bus: on each broker that is set, and only there."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from configserver.app.push.brokers import kafka_broker, rabbitmq_broker, trust_of
from configserver.app.running import running
from configserver.errors import SettingsError
from configserver.push import Hints
from configserver.push.bus.bus import Bus
from configserver.push.bus.link import Link
from configserver.push.bus.options import BusOptions
from configserver.settings import Settings
from configserver.web.extensions import Extension
from configserver.web.push.busrefresh import busrefresh_extension


@dataclass(frozen=True, slots=True)
class OpenBus:
    """What the bus adds to a server.

    Attributes:
        buses: one for each broker; each is a Door and a Relay, and open.
        extensions: addresses.
    """

    buses: tuple[Bus, ...] = ()
    extensions: tuple[Extension, ...] = ()


@asynccontextmanager
async def open_bus(settings: Settings, hints: Hints) -> AsyncIterator[OpenBus]:
    """Take part in the bus until the context ends; nothing waits for a broker.

    Raises:
        SettingsError: a package is missing, or a setting does not fit.
    """
    async with AsyncExitStack() as stack:
        buses = [
            await stack.enter_async_context(_open(settings, hints, kind))
            for kind in settings.brokers
        ]
        yield OpenBus(tuple(buses), _extensions(settings, buses))


def _extensions(settings: Settings, buses: Sequence[Bus]) -> tuple[Extension, ...]:
    include, exclude = settings.exposure.include, settings.exposure.exclude
    exposed = {"busrefresh", "*"}
    if not (buses and settings.bus.refresh.enabled and exposed & set(include)):
        return ()
    if exposed & set(exclude):
        return ()

    async def order(destination: str) -> None:
        for bus in buses:
            await bus.order(destination)

    return (busrefresh_extension(order),)


@asynccontextmanager
async def _open(settings: Settings, hints: Hints, kind: str) -> AsyncIterator[Bus]:
    bus: Bus | None = None

    async def heard(body: bytes) -> None:
        if bus is not None:
            await bus.heard(body)

    trust = await asyncio.to_thread(trust_of, settings)
    broker_of = rabbitmq_broker if kind == "rabbitmq" else kafka_broker
    link = Link(broker_of(settings, heard, trust))
    bus = Bus(link, hints, _options(settings))
    link.changed = bus.connected
    async with running(bus.run()), link:
        yield bus


def _options(settings: Settings) -> BusOptions:
    name, port = settings.application.name, settings.server.port
    bus_id = settings.bus.id or f"{name}:{port}:{secrets.token_hex(16)}"
    if any(char in "*?{}" for char in bus_id):
        raise SettingsError("spring.cloud.bus.id has a character that means something in patterns")
    return BusOptions(
        id=bus_id,
        exact=settings.own_bus.destinations == "exact",
        acks=settings.bus.ack.enabled,
        ack_destination=settings.bus.ack.destination_service,
        trace=settings.bus.trace.enabled,
        head_start=settings.own_bus.head_start / 1000,
        settle=settings.own_bus.settle,
    )
