"""The bus on a real Kafka: what is made and sent, what comes in, and trouble."""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from configserver.push import DeliveryFailed, Hint
from tests.peers.kafka import PASSWORD, USER, Kafka
from tests.push.bus import recorded
from tests.push.bus.brokers import (
    Hints,
    bus,
    deliver,
    kafka_settings,
    masked,
    refresh,
    without_password,
)
from tests.push.doors.waiting import until

pytestmark = [
    pytest.mark.java,
    pytest.mark.xdist_group("kafka"),
    pytest.mark.timeout(240),
]

CONNECTED = Hint(origin="bus", relayed=True)
TOPIC = "springCloudBus"

REFRESH_ALL = recorded.REFRESH.replace(b"foo-dev:**", b"cfg:**").replace(b"cfg:39003:bb", b"x:1:")


@asynccontextmanager
async def tap(broker: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    """Return a consumer of all records from now on."""
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=broker.servers)
    await consumer.start()
    try:
        for partition in consumer.assignment():
            await consumer.position(partition)
        yield consumer
    finally:
        await consumer.stop()


async def records(consumer: AIOKafkaConsumer, count: int) -> list[Any]:
    async with asyncio.timeout(20):
        return [await consumer.getone() for _ in range(count)]


async def send(broker: Kafka, *bodies: bytes) -> None:
    """Send records without any header as somebody else on the bus."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.servers, max_request_size=5_000_000)
    await producer.start()
    try:
        for body in bodies:
            await producer.send_and_wait(TOPIC, body)
    finally:
        await producer.stop()


async def test_topic_group_and_records_are_as_recorded(kafka: Kafka) -> None:
    hints = Hints()
    async with bus(kafka_settings(kafka), hints) as ours:
        await until(lambda: hints.taken, 30)
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.servers)
        await admin.start()
        (topic,) = await admin.describe_topics([TOPIC])
        groups = [name for name, _ in await admin.list_consumer_groups()]
        await admin.close()
        async with tap(kafka) as consumer:
            await deliver(ours, refresh("foo-dev"))
            await ours.order("**")
            _, first, _, ack = await records(consumer, 4)
    assert [len(one["replicas"]) for one in topic["partitions"]] == [1]
    assert [name for name in groups if re.fullmatch(r"anonymous\.[0-9a-f-]{36}", name)]
    assert masked(first.value) == masked(recorded.REFRESH)
    assert masked(ack.value) == masked(recorded.ACK).replace(b"*:**", b"**")
    for record in (first, ack):
        assert (record.key, record.partition, record.timestamp_type) == (None, 0, 0)
        assert list(record.headers) == [
            ("contentType", b"application/json"),
            ("spring_json_header_types", b'{"contentType":"java.lang.String"}'),
        ]


async def test_another_servers_event_is_a_hint_whatever_came_before_it(kafka: Kafka) -> None:
    hints = Hints()
    hostile = [b"", b"{", b"\xff" * 100, b"[" * 100_000, b"x" * 1_000_000, b"{}"]
    async with bus(kafka_settings(kafka), hints):
        await until(lambda: hints.taken == [CONNECTED], 30)
        async with tap(kafka) as consumer:
            await send(kafka, *hostile, recorded.SHUTDOWN, REFRESH_ALL)
            await until(lambda: len(hints.taken) == 2)
            *_, ack = await records(consumer, len(hostile) + 3)
    assert hints.taken[1].relayed
    assert json.loads(ack.value)["ackId"] == json.loads(REFRESH_ALL)["id"]


async def test_a_relay_reaches_another_server(kafka: Kafka) -> None:
    first, second = Hints(), Hints()
    settings = kafka_settings(kafka)
    async with bus(settings, first) as one, bus(settings, second):
        await until(lambda: first.taken and second.taken, 30)
        one.relay(Hint(origin="github", uris=("https://u:p@git/x",)))
        await until(lambda: len(second.taken) == 2)
    assert (second.taken[1].uris, second.taken[1].relayed) == (("https://git/x",), True)


async def test_a_server_whose_broker_is_down_starts_at_once_and_finds_it_later(
    kafka: Kafka,
) -> None:
    await asyncio.to_thread(kafka.kill)
    hints = Hints()
    began = time.monotonic()
    async with bus(kafka_settings(kafka), hints) as ours:
        assert time.monotonic() - began < 5, "nothing waits for a broker"
        with pytest.raises(DeliveryFailed):
            await ours.order("**")
        assert time.monotonic() - began < 20
        await asyncio.to_thread(kafka.start)
        await until(lambda: hints.taken, 60)
        async with tap(kafka) as consumer:
            await deliver(ours, refresh("foo"))
            assert b'"foo:**"' in (await records(consumer, 2))[1].value


async def test_a_broker_that_is_killed_and_comes_back(kafka: Kafka) -> None:
    """What could not be told is told when the broker is back, and events of others come in."""
    hints = Hints()
    async with bus(kafka_settings(kafka), hints) as ours:
        await until(lambda: hints.taken, 30)
        await asyncio.to_thread(kafka.kill)
        began = time.monotonic()
        with pytest.raises(DeliveryFailed):
            await ours.deliver(refresh("foo"))
        assert time.monotonic() - began < 30
        await asyncio.to_thread(kafka.start)
        async with tap(kafka) as consumer:
            await until(lambda: len(hints.taken) == 2, 60)
            await deliver(ours, refresh("bar"))
            found = {one.value for one in await records(consumer, 3)}
            destinations = {json.loads(body)["destinationService"] for body in found}
            assert "bar:**" in destinations
            await send(kafka, REFRESH_ALL)
            await until(lambda: len(hints.taken) == 3, 30)


async def test_a_login(kafka: Kafka, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hints = Hints()
    async with bus(login(kafka, PASSWORD), hints):
        await until(lambda: hints.taken, 30)
    assert without_password(caplog)


async def test_a_wrong_password_is_named_and_not_shown(
    kafka: Kafka, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bus(login(kafka, f"{PASSWORD}-wrong")) as ours:
        await until(lambda: "bus lost" in caplog.text, 30)
        with pytest.raises(DeliveryFailed, match="or the login is refused"):
            await ours.order("**")
    assert without_password(caplog)


def login(broker: Kafka, password: str) -> dict[str, str]:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        "spring.kafka.bootstrap-servers": f"127.0.0.1:{broker.login_port}",
        "spring.kafka.security.protocol": "SASL_PLAINTEXT",
        "spring.kafka.properties.sasl.jaas.config": (
            f'{module} required username="{USER}" password="{password}";'
        ),
    }
