"""Spring Cloud Bus on RabbitMQ, with exchange and queue as the original's binder has them."""

import asyncio
import base64
import logging
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from configserver.push.bus import Heard, Session
from configserver.push.bus.addresses import Address
from configserver.push.bus.events import MAX_BODY
from configserver.push.doors.tls import tls_failure

FAILURES: Final = (AMQPError, OSError, ChannelInvalidStateError, RuntimeError)
"""What the library raises while a broker is down, refuses a login or goes away."""

_HEARTBEAT: Final = 15
"""Seconds; a network that is cut is noticed after two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitOptions:
    """How RabbitMQ is reached.

    Attributes:
        addresses: tried one after the other.
        destination: name of the exchange, and beginning of the queue's.
        trust: what certificates are checked with, for addresses with TLS.
    """

    addresses: tuple[Address, ...]
    destination: str
    trust: ssl.SSLContext | None = field(default=None, repr=False)


@asynccontextmanager
async def open_session(options: RabbitOptions, heard: Heard) -> AsyncIterator[Session]:
    """Connect, declare, listen.

    Raises:
        Exception: one of `FAILURES`; none holds a password.
    """
    # What the library logs of a broker that is down is a stack trace for each try.
    for name in ("aio_pika", "aiormq"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connection = await _connection(options)
    lost = asyncio.Event()
    connection.close_callbacks.add(lambda *_: lost.set())
    try:
        listening = await connection.channel(publisher_confirms=False)
        await _listen(listening, options.destination, heard)
        sending = await connection.channel()
        sending.close_callbacks.add(lambda *_: lost.set())
        listening.close_callbacks.add(lambda *_: lost.set())
        yield _Session(await _exchange(sending, options.destination), lost)
    finally:
        with suppress(*FAILURES):
            await connection.close()


async def _connection(options: RabbitOptions) -> AbstractConnection:
    *first, last = options.addresses
    for address in first:
        with suppress(*FAILURES):
            return await _connect(address, options.trust)
    return await _connect(last, options.trust)


async def _connect(address: Address, trust: ssl.SSLContext | None) -> AbstractConnection:
    url = aio_pika.connection.make_url(
        host=address.host,
        port=address.port,
        login=address.username,
        password=address.password.reveal(),
        virtualhost=address.virtual_host,
        ssl=address.tls,
    )
    connection = aio_pika.Connection(
        url,
        ssl_context=trust if address.tls else None,
        client_properties={"connection_name": "configserver"},
        heartbeat=_HEARTBEAT,
    )
    try:
        await connection.connect()
    except BaseException:
        await connection.close()  # else it closes itself when it is collected, on no loop perhaps
        raise
    return connection


async def _exchange(channel: AbstractChannel, name: str) -> AbstractExchange:
    return await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)


async def _listen(channel: AbstractChannel, name: str, heard: Heard) -> None:
    """Declare what the binder declares for an anonymous consumer, and consume."""
    await channel.set_qos(prefetch_count=1)
    exchange = await _exchange(channel, name)
    queue = await channel.declare_queue(
        f"{name}.anonymous.{_random_name()}",
        exclusive=True,
        auto_delete=True,
        arguments={"x-queue-master-locator": "client-local"},
    )
    await queue.bind(exchange, "#")

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if len(message.body) <= MAX_BODY:
            await heard(message.body)
        with suppress(*FAILURES):
            await message.ack()

    await queue.consume(take)


def _random_name() -> str:
    """Return 22 characters of URL-safe Base64, as Spring's `Base64UrlNamingStrategy`."""
    return base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")


class _Session:
    """A connection with an exchange to publish to."""

    def __init__(self, exchange: AbstractExchange, lost: asyncio.Event) -> None:
        self._exchange = exchange
        self._lost = lost

    async def publish(self, body: bytes) -> None:
        """See Session."""
        message = aio_pika.Message(
            body,
            headers={},
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            priority=0,
            message_id=str(uuid4()),
            timestamp=datetime.fromtimestamp(int(time.time()), UTC),
        )
        # Nobody may be bound: then a message reaches nobody, which is no failure.
        await self._exchange.publish(message, self._exchange.name, mandatory=False)

    async def ended(self) -> None:
        """See Session."""
        await self._lost.wait()


_MEANINGS: Final = (
    ("ACCESS_REFUSED", "user name or password is refused (spring.rabbitmq.username, .password)"),
    ("NOT_ALLOWED", "the virtual host is not allowed (spring.rabbitmq.virtual-host)"),
    ("vhost", "the virtual host is not there (spring.rabbitmq.virtual-host)"),
    ("PRECONDITION", "the exchange is there with other properties than topic and durable"),
    ("connection reset", "the broker hangs up; does it want TLS (spring.rabbitmq.ssl.enabled)?"),
    ("Connect call failed", "the connection is refused"),
    ("Errno -", "the host name is not known (spring.rabbitmq.host)"),
)


def explain(error: Exception) -> str:
    """Say what a failure means, without what the broker or the library quote."""
    if failure := tls_failure(error):
        return f"TLS failed: {failure} (spring.rabbitmq.ssl.*, configserver.bus.*)"
    text = str(error)
    known = (meaning for sign, meaning in _MEANINGS if sign in text)
    return next(known, type(error).__name__)
