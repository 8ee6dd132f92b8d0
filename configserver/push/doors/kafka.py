"""Spring Cloud Bus on Kafka, with topic, records and group as the original's binder has them."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)

from configserver.push.bus import Heard, Session
from configserver.push.bus.events import MAX_BODY
from configserver.push.doors.tls import tls_failure
from configserver.secret import Secret

FAILURES: Final = (KafkaError, OSError)
"""What the library raises while a broker is down, refuses a login or goes away."""

HEADERS: Final = (
    ("contentType", b"application/json"),
    ("spring_json_header_types", b'{"contentType":"java.lang.String"}'),
)
"""What Spring's binder puts on each record."""

_REQUEST_MS: Final = 5000
_GREETING_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 7.0
"""How long closing may take: a record that the broker has not taken yet is waited for as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """How Kafka is reached.

    Attributes:
        servers: `host:port` of some of the brokers.
        destination: name of the topic.
        protocol: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.
        mechanism: of SASL: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
        username: for SASL.
        password: for SASL.
        trust: what certificates are checked with, for the protocols with TLS.
    """

    servers: tuple[str, ...]
    destination: str
    protocol: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str | None = None
    password: Secret | None = None
    trust: ssl.SSLContext | None = field(default=None, repr=False)


@asynccontextmanager
async def open_session(options: KafkaOptions, heard: Heard) -> AsyncIterator[Session]:
    """Connect, make the topic if it is missing, listen.

    Raises:
        Exception: one of `FAILURES`; none holds a password.
    """
    # What the library logs of a broker that is down is a stack trace for each try.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    common = _common(options)
    try:
        await _make_topic(options.destination, common)
    except KafkaConnectionError:
        await _shake_hands(options)
        raise
    producer = AIOKafkaProducer(**common, acks="all")
    consumer = AIOKafkaConsumer(
        options.destination,
        **common,
        group_id=f"anonymous.{uuid4()}",
        auto_offset_reset="latest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * MAX_BODY,
    )
    try:
        await producer.start()
        await consumer.start()
        for partition in consumer.assignment():
            await consumer.position(partition)  # from here on nothing is missed
        yield _Session(producer, consumer, options.destination, heard)
    finally:
        try:
            await _stop(consumer, consumer._client)  # noqa: SLF001 - see there
        finally:
            await _stop(producer, producer.client)


async def _shake_hands(options: KafkaOptions) -> None:
    """Try TLS with each broker: why it failed is in no error of the library, only in its log.

    Raises:
        ssl.SSLError: it failed with one.
    """
    for server in options.servers if options.protocol.endswith("SSL") else ():
        host, _, port = server.rpartition(":")
        with suppress(TimeoutError, ConnectionError, socket.gaierror):
            async with asyncio.timeout(_GREETING_SECONDS):
                reader, writer = await asyncio.open_connection(
                    host.strip("[]"), port, ssl=options.trust
                )
                try:
                    await reader.read(1)  # where a client certificate is missed, it is said here
                finally:
                    writer.transport.abort()


async def _stop(one: AIOKafkaConsumer | AIOKafkaProducer, client: Any) -> None:
    """Stop it; if that takes too long, end at least its connections and their tasks."""
    # In a task of its own, for it may end by the cancellation of a task of the library.
    stopping = asyncio.create_task(one.stop())
    await asyncio.wait([stopping], timeout=_STOP_SECONDS)
    if not stopping.done() or stopping.cancelled() or stopping.exception():
        stopping.cancel()
        await client.close()


def _common(options: KafkaOptions) -> Mapping[str, Any]:
    login = {}
    if options.protocol.startswith("SASL"):
        login = {
            "sasl_mechanism": options.mechanism,
            "sasl_plain_username": options.username or "",
            "sasl_plain_password": options.password.reveal() if options.password else "",
        }
    return {
        "bootstrap_servers": list(options.servers),
        "client_id": "configserver",
        "request_timeout_ms": _REQUEST_MS,
        "security_protocol": options.protocol,
        "ssl_context": options.trust if options.protocol.endswith("SSL") else None,
        **login,
    }


async def _make_topic(name: str, common: Mapping[str, Any]) -> None:
    admin = AIOKafkaAdminClient(**common)
    try:
        await admin.start()
        if name in await admin.list_topics():
            return
        answer = await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error
    finally:
        await admin.close()


class _Session:
    """A producer and a consumer."""

    def __init__(
        self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, topic: str, heard: Heard
    ) -> None:
        self._producer = producer
        self._consumer = consumer
        self._topic = topic
        self._heard = heard

    async def publish(self, body: bytes) -> None:
        """See Session."""
        await self._producer.send_and_wait(self._topic, body, headers=list(HEADERS))

    async def ended(self) -> None:
        """See Session; this is where records are taken, as long as it goes on."""
        while True:
            for records in (await self._consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    if record.value is not None and len(record.value) <= MAX_BODY:
                        await self._heard(record.value)
            with suppress(KafkaError):  # a group that is formed anew commits the next time
                await self._consumer.commit()


def explain(options: KafkaOptions, error: Exception) -> str:
    """Say what a failure means, without what the broker or the library quote."""
    if failure := tls_failure(error):
        return f"TLS failed: {failure} (spring.kafka.security.protocol, configserver.bus.*)"
    text = f"{type(error).__name__} {error}"
    if "Authentication" in text or "Sasl" in text or "SASL" in text:
        return "the login is refused (spring.kafka.properties.sasl.*)"
    if "Authorization" in text:
        return "the user may not use the topic (spring.cloud.bus.destination)"
    if "KafkaConnectionError" in text and options.protocol.startswith("SASL"):
        # The library tells the two apart in its log only.
        return "no broker answers, or the login is refused (spring.kafka.properties.sasl.*)"
    if "KafkaConnectionError" in text:
        return "no broker answers (spring.kafka.bootstrap-servers, .security.protocol)"
    return type(error).__name__
