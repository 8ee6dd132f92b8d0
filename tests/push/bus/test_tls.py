"""RabbitMQ and Kafka over TLS: an event passes, or what is wrong is named once and tried again."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from configserver.errors import SettingsError
from configserver.push import DeliveryFailed, Hint
from tests.peers import kafka as kafka_peer
from tests.peers.authority import Authority
from tests.peers.kafka import Kafka
from tests.peers.rabbitmq import PASSWORD, USER, RabbitMq
from tests.peers.relay import Relay
from tests.push.bus.brokers import Hints, bus, without_password
from tests.push.doors.waiting import until

pytestmark = pytest.mark.timeout(180)

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_BUS = "configserver.bus"


class Broker(NamedTuple):
    """A port of a broker that speaks TLS, and who is let in."""

    port: int
    settings: Callable[[str, int], Mapping[str, str]]


def rabbit_settings(host: str, port: int) -> Mapping[str, str]:
    return {
        "spring.rabbitmq.host": host,
        "spring.rabbitmq.port": str(port),
        "spring.rabbitmq.username": USER,
        "spring.rabbitmq.password": PASSWORD,
        "spring.rabbitmq.ssl.enabled": "true",
    }


def kafka_settings(host: str, port: int) -> Mapping[str, str]:
    return {
        "spring.kafka.bootstrap-servers": f"{host}:{port}",
        "spring.kafka.security.protocol": "SASL_SSL",
        "spring.kafka.properties.sasl.jaas.config": (
            f'{_PLAIN} required username="{kafka_peer.USER}" password="{kafka_peer.PASSWORD}";'
        ),
    }


@pytest.fixture(
    params=[
        pytest.param("rabbitmq", marks=pytest.mark.xdist_group("rabbitmq")),
        pytest.param("kafka", marks=[pytest.mark.java, pytest.mark.xdist_group("kafka")]),
    ]
)
def broker(request: pytest.FixtureRequest) -> Broker:
    running: RabbitMq | Kafka = request.getfixturevalue(request.param)
    if isinstance(running, RabbitMq):
        return Broker(running.tls_port, rabbit_settings)
    return Broker(running.tls_login_port, kafka_settings)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_a_hint_passes_with_a_login(
    broker: Broker, authority: Authority, log: pytest.LogCaptureFixture
) -> None:
    first, second = Hints(), Hints()
    settings = {
        **broker.settings("127.0.0.1", broker.port),
        f"{_BUS}.ca-file": str(authority.ca_file),
    }
    async with bus(settings, first) as one, bus(settings, second):
        await until(lambda: first.taken and second.taken, 30)
        one.relay(Hint(origin="github", uris=("https://git/x",)))
        await until(lambda: len(second.taken) == 2, 30)
    assert second.taken[1].uris == ("https://git/x",)
    assert without_password(log)


class Wrong(NamedTuple):
    """Where the broker is said to be, whether its authority is known, and what comes of it."""

    host: str
    known: bool
    reason: str


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("127.0.0.1", known=False, reason="its TLS certificate is not trusted"),
        Wrong("localhost", known=True, reason="its TLS certificate is for another host"),
    ],
    ids=lambda wrong: wrong.reason,
)
async def test_who_cannot_prove_itself_is_told_nothing(
    broker: Broker,
    wrong: Wrong,
    authority: Authority,
    log: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """However often it is tried, the reason is logged once."""
    trusted = authority if wrong.known else Authority(tmp_path, "Other CA")
    with Relay(broker.port) as between:
        settings = {
            **broker.settings(wrong.host, between.port),
            f"{_BUS}.ca-file": str(trusted.ca_file),
        }
        async with bus(settings) as one:
            await until(lambda: between.connections >= 4, 60)
            with pytest.raises(DeliveryFailed, match=f"TLS failed: {wrong.reason}"):
                await one.order("**")
        for login in (PASSWORD, USER):
            assert login.encode() not in between.sent
    assert len([it for it in log.records if it.getMessage() == "bus lost"]) == 1
    assert without_password(log)


@pytest.mark.xdist_group("rabbitmq")
async def test_a_port_for_tls_is_not_taken_for_a_plain_one(rabbitmq: RabbitMq) -> None:
    settings = {"spring.rabbitmq.addresses": f"127.0.0.1:{rabbitmq.tls_port}"}
    async with bus(settings) as one:
        await until(lambda: "does it want TLS" in (one._publisher.reason or ""), 60)  # type: ignore[attr-defined]


@pytest.mark.java
@pytest.mark.xdist_group("kafka")
async def test_a_client_certificate(kafka: Kafka, authority: Authority) -> None:
    """Kafka wants one where there is no login."""
    settings = {
        "spring.kafka.bootstrap-servers": f"127.0.0.1:{kafka.tls_port}",
        "spring.kafka.security.protocol": "SSL",
        f"{_BUS}.ca-file": str(authority.ca_file),
    }
    async with bus(settings) as one:
        await until(lambda: "client certificate" in (one._publisher.reason or ""), 30)  # type: ignore[attr-defined]
    ours = authority.client()
    settings |= {
        f"{_BUS}.client-certificate": str(ours.file),
        f"{_BUS}.client-key": str(ours.key),
    }
    hints = Hints()
    async with bus(settings, hints) as one:
        await until(lambda: hints.taken, 30)
        await one.order("foo:**")


async def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    none = tmp_path / "none"
    none.write_text("none")
    for name in ("ca-file", "client-certificate"):
        settings = {**rabbit_settings("127.0.0.1", 1), f"{_BUS}.{name}": str(none)}
        with pytest.raises(SettingsError, match=f"{_BUS}.{name}"):
            async with bus(settings):
                pass
