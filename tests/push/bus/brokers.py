"""Real brokers with a tap, and a server's bus on them."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest

from configserver.app.push.bus import OpenBus, open_bus
from configserver.push import Change, Hint, Moved, Refresh, State
from configserver.push.bus.bus import Bus
from configserver.query import Query
from configserver.settings.collect import Entry
from configserver.settings.load import load
from tests.peers.kafka import Kafka
from tests.peers.rabbitmq import PASSWORD, USER, RabbitMq

_MASKED = re.compile(rb'"(id|ackId|timestamp|originService)":("[^"]*"|\d+)')

SETTINGS = {
    "spring.application.name": "cfg",
    "server.port": "39003",
    "configserver.bus.head-start": "0",
    "configserver.bus.settle": "0",
}


class Hints:
    """Takes hints as the refresher does."""

    def __init__(self) -> None:
        self.taken: list[Hint] = []

    def hint(self, hint: Hint) -> bool:
        self.taken.append(hint)
        return True


def masked(body: bytes) -> bytes:
    """Return an event without what differs each time."""
    return _MASKED.sub(rb'"\1":0', body)


def rabbit_settings(broker: RabbitMq) -> Mapping[str, str]:
    return {
        "spring.rabbitmq.host": "127.0.0.1",
        "spring.rabbitmq.port": str(broker.port),
        "spring.rabbitmq.username": USER,
        "spring.rabbitmq.password": PASSWORD,
    }


def kafka_settings(broker: Kafka) -> Mapping[str, str]:
    return {"spring.kafka.bootstrap-servers": broker.servers}


@asynccontextmanager
async def bus(settings: Mapping[str, str], hints: Hints | None = None) -> AsyncIterator[Bus]:
    """Open the bus of a server with one broker."""
    async with buses(settings, hints) as opened:
        yield opened.buses[0]


@asynccontextmanager
async def buses(settings: Mapping[str, str], hints: Hints | None = None) -> AsyncIterator[OpenBus]:
    entries = [Entry(name, text, "test") for name, text in {**SETTINGS, **settings}.items()]
    found = load(environ={"HOME": "/nonexistent"}, options=entries).settings
    async with open_bus(found, hints or Hints()) as opened:
        yield opened


def refresh(*names: str, origin: str = "github", version: str = "c1") -> Refresh:
    changes = (Change(Query(name, "dev"), None, State(version, "e"), None) for name in names)
    moved = (Moved("https://git/x", "refs/heads/main", "c0", version),)
    return Refresh(id="1", changes=tuple(changes), moved=moved, origin=origin)


async def deliver(bus: Bus, found: Refresh, seconds: float = 60.0) -> None:
    """Deliver as a delivery does, until the broker has taken it."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await bus.deliver(found)
            except Exception:  # noqa: BLE001 - whatever it is, it is to go away
                await asyncio.sleep(0.1)


@asynccontextmanager
async def rabbit_tap(broker: RabbitMq) -> AsyncIterator[aio_pika.abc.AbstractQueue]:
    """Return an exclusive queue with all messages of the bus from now on."""
    connection = await _connected(broker)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange("springCloudBus", "topic", durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "#")
        yield queue


async def rabbit_send(broker: RabbitMq, *bodies: bytes, **properties: Any) -> None:
    """Publish messages as somebody else on the bus."""
    connection = await _connected(broker)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange("springCloudBus", "topic", durable=True)
        for body in bodies:
            await exchange.publish(aio_pika.Message(body, **properties), "springCloudBus")


async def _connected(broker: RabbitMq) -> aio_pika.abc.AbstractConnection:
    return await aio_pika.connect(broker.url)


async def messages(
    queue: aio_pika.abc.AbstractQueue, count: int
) -> list[aio_pika.abc.AbstractIncomingMessage]:
    """Return the next messages of a tap."""
    found: list[aio_pika.abc.AbstractIncomingMessage] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            message = await queue.get(fail=False, no_ack=True)
            if message is None:
                await asyncio.sleep(0.01)
            else:
                found.append(message)
    return found


def without_password(caplog: pytest.LogCaptureFixture) -> bool:
    """Say whether nothing that was logged holds the password, plain or escaped."""
    text = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    return PASSWORD not in text and "p%40ss" not in text
