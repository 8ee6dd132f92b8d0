"""The bus on a real RabbitMQ: what is declared and sent, what comes in, and trouble."""

import asyncio
import json
import logging
import re
import time

import pytest

from configserver.push import DeliveryFailed, Hint
from tests.peers.authority import Authority
from tests.peers.processes import free_port
from tests.peers.rabbitmq import USER, RabbitMq
from tests.peers.relay import Relay
from tests.push.bus import recorded
from tests.push.bus.brokers import (
    Hints,
    bus,
    deliver,
    masked,
    messages,
    rabbit_send,
    rabbit_settings,
    rabbit_tap,
    refresh,
    without_password,
)
from tests.push.doors.waiting import until

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(180)]

ABSENT = (
    *("content_encoding", "correlation_id", "reply_to", "expiration"),
    *("message_type", "user_id", "app_id"),
)
CONNECTED = Hint(origin="bus", relayed=True)

REFRESH_ALL = recorded.REFRESH.replace(b"foo-dev:**", b"cfg:**").replace(b"cfg:39003:bb", b"x:1:")


async def test_exchange_queue_and_consumer_are_declared_as_recorded(rabbitmq: RabbitMq) -> None:
    hints = Hints()
    async with bus(rabbit_settings(rabbitmq), hints):
        await until(lambda: hints.taken)
        tells = [
            ("list_exchanges", "name", "type", "durable", "auto_delete", "internal", "arguments"),
            ("list_queues", "name", "durable", "auto_delete", "exclusive", "arguments"),
            ("list_bindings", "source_name", "destination_name", "routing_key", "arguments"),
            ("list_consumers", "queue_name", "ack_required", "prefetch_count", "arguments"),
        ]
        exchanges, queues, bindings, consumers = await asyncio.gather(
            *(asyncio.to_thread(rabbitmq.tells, *one) for one in tells)
        )
    assert [one for one in exchanges if one["name"] == "springCloudBus"] == [
        {
            "name": "springCloudBus",
            "type": "topic",
            "durable": True,
            "auto_delete": False,
            "internal": False,
            "arguments": [],
        }
    ]
    (queue,) = queues
    name = queue.pop("name")
    assert re.fullmatch(r"springCloudBus\.anonymous\.[A-Za-z0-9_-]{22}", name)
    assert queue.pop("arguments") in (
        [["x-queue-master-locator", "longstr", "client-local"]],
        {"x-queue-master-locator": "client-local"},
    )
    assert queue == {"durable": False, "auto_delete": True, "exclusive": True}
    assert {
        "source_name": "springCloudBus",
        "destination_name": name,
        "routing_key": "#",
        "arguments": [],
    } in bindings
    assert consumers == [
        {"queue_name": name, "ack_required": True, "prefetch_count": 1, "arguments": []}
    ]


async def test_messages_are_as_recorded(rabbitmq: RabbitMq) -> None:
    async with bus(rabbit_settings(rabbitmq)) as ours, rabbit_tap(rabbitmq) as tap:
        await deliver(ours, refresh("foo-dev"))
        await ours.order("**")
        _, first, _, ack = await messages(tap, 4)
    assert masked(first.body) == masked(recorded.REFRESH)
    assert masked(ack.body) == masked(recorded.ACK).replace(b"*:**", b"**")
    for message in (first, ack):
        assert message.routing_key == "springCloudBus"
        assert message.exchange == "springCloudBus"
        properties = message.properties
        assert properties.content_type == "application/json"
        assert properties.headers == {}
        assert properties.delivery_mode == 2
        assert properties.priority == 0
        assert properties.message_id
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", properties.message_id)
        assert properties.timestamp
        assert abs(properties.timestamp.timestamp() - time.time()) < 60
        assert not [name for name in ABSENT if getattr(properties, name)]
    event = json.loads(first.body)
    assert re.fullmatch(r"cfg:39003:[0-9a-f]{32}", event["originService"])
    assert abs(event["timestamp"] / 1000 - time.time()) < 60


async def test_another_servers_event_is_a_hint_whatever_came_before_it(
    rabbitmq: RabbitMq,
) -> None:
    hints = Hints()
    hostile = [b"", b"{", b"\xff" * 100, b"[" * 100_000, b"x" * 3_000_000, b"{}", b"null"]
    async with bus(rabbit_settings(rabbitmq), hints), rabbit_tap(rabbitmq) as tap:
        await until(lambda: hints.taken == [CONNECTED])
        await rabbit_send(rabbitmq, *hostile, recorded.SHUTDOWN)
        await rabbit_send(rabbitmq, REFRESH_ALL, headers={"contentType": "application/json"})
        await until(lambda: len(hints.taken) == 2)
        *_, ack = await messages(tap, len(hostile) + 3)
    assert hints.taken[1].relayed
    assert json.loads(ack.body)["ackId"] == json.loads(REFRESH_ALL)["id"]


async def test_a_relay_reaches_another_server(rabbitmq: RabbitMq) -> None:
    hints = Hints()
    settings = rabbit_settings(rabbitmq)
    async with bus(settings) as one, bus(settings, hints):
        await until(lambda: hints.taken == [CONNECTED])
        one.relay(Hint(origin="github", uris=("https://u:p@git/x",), refs=("refs/heads/a",)))
        await until(lambda: len(hints.taken) == 2)
    found = hints.taken[1]
    assert (found.uris, found.refs, found.relayed) == (("https://git/x",), ("refs/heads/a",), True)


async def test_two_servers_that_find_the_same_change_wake_applications_once(
    rabbitmq: RabbitMq,
) -> None:
    settings = {**rabbit_settings(rabbitmq), "configserver.bus.head-start": "100"}
    first, second = Hints(), Hints()
    async with (
        bus(settings, first) as one,
        bus(settings, second) as other,
        rabbit_tap(rabbitmq) as tap,
    ):
        await until(lambda: first.taken and second.taken)
        await asyncio.gather(
            one.deliver(refresh("foo", "bar")),
            other.deliver(refresh("foo", "bar")),
        )
        bodies = [message.body for message in await messages(tap, 4)]
        assert await tap.get(fail=False, no_ack=True) is None
    events = [json.loads(body) for body in bodies]
    told = [one["destinationService"] for one in events if "repositories" not in one]
    assert told == ["foo:**", "bar:**"]


async def test_a_server_whose_broker_is_down_starts_at_once_and_finds_it_later(
    rabbitmq: RabbitMq,
) -> None:
    rabbitmq.kill()
    hints = Hints()
    began = time.monotonic()
    async with bus(rabbit_settings(rabbitmq), hints) as ours:
        assert time.monotonic() - began < 5, "nothing waits for a broker"
        with pytest.raises(DeliveryFailed, match="the connection is refused"):
            await ours.order("**")
        assert time.monotonic() - began < 20
        await asyncio.to_thread(rabbitmq.start)
        await until(lambda: hints.taken, 60)
        async with rabbit_tap(rabbitmq) as tap:
            await deliver(ours, refresh("foo"))
            assert b'"foo:**"' in (await messages(tap, 2))[1].body


async def test_a_broker_that_is_killed_and_comes_back(
    rabbitmq: RabbitMq,
) -> None:
    """What could not be told is told when the broker is back, and events of others come in."""
    hints = Hints()
    async with bus(rabbit_settings(rabbitmq), hints) as ours:
        await until(lambda: hints.taken)
        await asyncio.to_thread(rabbitmq.kill)
        for version in ("c1", "c2"):
            with pytest.raises(DeliveryFailed):
                await ours.deliver(refresh("foo", version=version))
        await asyncio.to_thread(rabbitmq.start)
        async with rabbit_tap(rabbitmq) as tap:
            await until(lambda: len(hints.taken) == 2, 60)
            (message,) = await messages(tap, 1)
            assert json.loads(message.body)["destinationService"] == "foo:**"
            await rabbit_send(rabbitmq, REFRESH_ALL, content_type="application/json")
            await until(lambda: len(hints.taken) == 3)


async def test_a_network_that_is_cut_for_a_while(rabbitmq: RabbitMq) -> None:
    hints = Hints()
    with Relay(rabbitmq.port) as network:
        settings = {**rabbit_settings(rabbitmq), "spring.rabbitmq.port": str(network.port)}
        async with bus(settings, hints) as ours:
            await until(lambda: hints.taken)
            network.cut()
            await until(lambda: len(hints.taken) == 2, 30)
            async with rabbit_tap(rabbitmq) as tap:
                await deliver(ours, refresh("foo"))
                await messages(tap, 2)


async def test_tls_with_a_private_authority(rabbitmq: RabbitMq, authority: Authority) -> None:
    hints = Hints()
    settings = {
        **rabbit_settings(rabbitmq),
        "spring.rabbitmq.port": str(rabbitmq.tls_port),
        "spring.rabbitmq.ssl.enabled": "true",
        "configserver.bus.ca-file": str(authority.ca_file),
    }
    async with bus(settings, hints):
        await until(lambda: hints.taken)


async def test_an_unknown_authority_is_not_believed(
    rabbitmq: RabbitMq, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"spring.rabbitmq.addresses": f"amqps://127.0.0.1:{rabbitmq.tls_port}"}
    async with bus(settings) as ours:
        await until(lambda: "bus lost" in caplog.text)
        with pytest.raises(DeliveryFailed, match="TLS failed"):
            await ours.order("**")


async def test_a_wrong_password_is_named_and_not_shown(
    rabbitmq: RabbitMq, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"amqp://{USER}:p%40ss%3Aw%2Frd-wrong@127.0.0.1:{rabbitmq.port}/"
    async with bus({"spring.rabbitmq.addresses": address}) as ours:
        await until(lambda: "bus lost" in caplog.text)
        with pytest.raises(DeliveryFailed, match="user name or password is refused"):
            await ours.order("**")
    assert without_password(caplog)


async def test_the_first_address_that_answers_is_taken(
    rabbitmq: RabbitMq, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dead = f"127.0.0.1:{free_port()}"
    alive = f"amqp://{USER}:p%40ss%3Aw%2Frd@127.0.0.1:{rabbitmq.port}"
    hints = Hints()
    async with bus({"spring.rabbitmq.addresses": f"{dead},{alive}"}, hints) as ours:
        await until(lambda: hints.taken)
        await ours.order("foo:**")
    assert without_password(caplog)
