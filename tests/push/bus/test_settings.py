"""What the settings of Spring Cloud Bus come to, without any broker."""

import builtins
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner

from configserver.app.push.brokers import kafka_broker, rabbitmq_broker, trust_of
from configserver.cli.config import config
from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.bind import Bound
from configserver.settings.collect import Entry
from configserver.settings.load import load
from configserver.web.routes import Kind
from tests.peers.processes import free_port
from tests.push.bus.brokers import buses


def bound(settings: Mapping[str, str]) -> Bound:
    entries = [Entry(name, text, "test") for name, text in settings.items()]
    return load(environ={"HOME": "/nonexistent"}, options=entries)


def settings_of(settings: Mapping[str, str]) -> Settings:
    return bound(settings).settings


async def heard(_: bytes) -> None:
    """Take a message."""


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({}, False),
        ({"spring.rabbitmq.username": "u"}, False),
        ({"spring.rabbitmq.host": "h"}, True),
        ({"spring.rabbitmq.addresses": "a:1,b:2"}, True),
        ({"spring.kafka.bootstrap-servers": "h:9092"}, True),
        ({"spring.kafka.bootstrap-servers": "h:9092", "spring.cloud.bus.enabled": "false"}, False),
    ],
)
def test_there_is_a_bus_only_where_a_broker_is_set(settings: dict[str, str], on: bool) -> None:
    assert bool(settings_of(settings).brokers) == on


def addresses(settings: Mapping[str, str]) -> list[tuple[Any, ...]]:
    found = settings_of(settings)
    options = rabbitmq_broker(found, heard, trust_of(found)).connect.args[0]  # type: ignore[attr-defined]
    return [
        (one.host, one.port, one.username, one.password.reveal(), one.virtual_host, one.tls)
        for one in options.addresses
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"host": "h"}, [("h", 5672, "guest", "guest", "/", False)]),
        ({"host": "h", "ssl.enabled": "true"}, [("h", 5671, "guest", "guest", "/", True)]),
        (
            {"host": "h", "port": "1", "username": "u", "password": "p", "virtual-host": "v"},
            [("h", 1, "u", "p", "v", False)],
        ),
        (
            {"addresses": "a,b:7", "username": "u", "password": "p"},
            [("a", 5672, "u", "p", "/", False), ("b", 7, "u", "p", "/", False)],
        ),
        (
            {"addresses": "amqps://x:y%40z@a/v%2Fw", "username": "u"},
            [("a", 5671, "x", "y@z", "v/w", True)],
        ),
        ({"addresses": "amqp://[::1]:9"}, [("::1", 9, "guest", "guest", "/", False)]),
    ],
)
def test_addresses_of_rabbitmq(settings: dict[str, str], expected: list[Any]) -> None:
    assert addresses({f"spring.rabbitmq.{k}": v for k, v in settings.items()}) == expected


@pytest.mark.parametrize("address", ["amqp://", "http://a", "a:99999", "amqp://[a"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"spring\.rabbitmq\.addresses"):
        addresses({"spring.rabbitmq.addresses": address})


def test_a_password_in_an_address_needs_a_scheme_to_be_masked_by() -> None:
    with pytest.raises(SettingsError, match="amqp://") as caught:
        bound({"spring.rabbitmq.addresses": "u:secret@a:1"})
    assert "secret" not in str(caught.value)


SECRETS = {
    "spring.rabbitmq.addresses": "amqp://u:hunter2@a",
    "spring.rabbitmq.password": "hunter2",
    "spring.kafka.properties.sasl.jaas.config": 'X required username="u" password="hunter2";',
}


def test_no_password_is_printed() -> None:
    found = bound(SECRETS)
    assert "hunter2" not in repr(found.settings)
    runner = CliRunner()
    options = [part for name, text in SECRETS.items() for part in ("--set", f"{name}={text}")]
    shown = runner.invoke(config, options)
    assert "spring.rabbitmq.password" in shown.output
    assert "hunter2" not in shown.output


def kafka_options(settings: Mapping[str, str]) -> Any:
    found = settings_of({"spring.kafka.bootstrap-servers": "a:1,b:2", **settings})
    return kafka_broker(found, heard, trust_of(found)).connect.args[0]  # type: ignore[attr-defined]


def test_a_login_to_kafka_as_java_writes_it() -> None:
    config = r'org.x.ScramLoginModule required username="u" password="p\"w\\";'
    options = kafka_options(
        {
            "spring.kafka.security.protocol": "sasl_ssl",
            "spring.kafka.properties.sasl.mechanism": "SCRAM-SHA-512",
            "spring.kafka.properties.sasl.jaas.config": config,
        }
    )
    assert (options.protocol, options.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (options.username, options.password.reveal()) == ("u", 'p"w\\')
    assert options.servers == ("a:1", "b:2")


def test_a_login_without_a_password_is_refused() -> None:
    with pytest.raises(SettingsError, match="names no user and password"):
        kafka_options({"spring.kafka.security.protocol": "SASL_PLAINTEXT"})


@pytest.mark.parametrize(
    ("package", "extra", "settings"),
    [
        ("aio_pika", "rabbitmq", {"spring.rabbitmq.host": "h"}),
        ("aiokafka", "kafka", {"spring.kafka.bootstrap-servers": "h:1"}),
    ],
)
async def test_a_missing_package_is_named(
    package: str, extra: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if f"doors.{extra}" in name or extra in (rest[2] if len(rest) > 2 and rest[2] else ()):
            raise ModuleNotFoundError(name=package)
        return usual(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SettingsError, match=package) as caught:
        async with buses(settings):
            pass
    assert f"configserver[{extra}]" in caught.value.hint


@pytest.mark.parametrize(
    ("settings", "exposed"),
    [
        ({}, False),
        ({"management.endpoints.web.exposure.include": "health"}, False),
        ({"management.endpoints.web.exposure.include": "health,busrefresh"}, True),
        ({"management.endpoints.web.exposure.include": "*"}, True),
        (
            {
                "management.endpoints.web.exposure.include": "*",
                "management.endpoints.web.exposure.exclude": "busrefresh",
            },
            False,
        ),
        (
            {
                "management.endpoints.web.exposure.include": "*",
                "spring.cloud.bus.refresh.enabled": "false",
            },
            False,
        ),
    ],
)
async def test_refreshing_by_hand_has_to_be_exposed(
    settings: dict[str, str], exposed: bool
) -> None:
    broker = {"spring.rabbitmq.host": "127.0.0.1", "spring.rabbitmq.port": str(free_port())}
    async with buses({**broker, **settings}) as opened:
        kinds = {route.kind for one in opened.extensions for route in one.routes}
    assert kinds == ({Kind.BUS_REFRESH} if exposed else set())


async def test_an_id_that_is_a_pattern_is_refused() -> None:
    settings = {"spring.rabbitmq.host": "127.0.0.1", "spring.cloud.bus.id": "a:*:1"}
    with pytest.raises(SettingsError, match=r"spring\.cloud\.bus\.id"):
        async with buses(settings):
            pass
