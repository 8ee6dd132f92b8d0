"""From settings to the brokers of Spring Cloud Bus."""

import re
import ssl
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from configserver.app.push.certificates import check_trust
from configserver.errors import SettingsError
from configserver.push.bus import Heard
from configserver.push.bus.addresses import Address
from configserver.push.bus.link import Broker
from configserver.push.doors.tls import Trust
from configserver.secret import Secret
from configserver.settings import Settings

_LOGIN: Final = re.compile(r'\b(username|password)\s*=\s*"((?:[^"\\]|\\.)*)"')


def trust_of(settings: Settings) -> ssl.SSLContext:
    """Return what the certificates of brokers are checked with; reads files.

    Raises:
        SettingsError: one cannot be read.
    """
    own = settings.own_bus
    trust = Trust(ca_file=own.ca_file, certificate=own.client_certificate, key=own.client_key)
    check_trust("configserver.bus", trust)
    return trust.context()


def rabbitmq_broker(settings: Settings, heard: Heard, trust: ssl.SSLContext) -> Broker:
    """Return how RabbitMQ is reached.

    Raises:
        SettingsError: the package is missing, or an address is none.
    """
    try:
        # Only a server with this broker pays for its library.
        from configserver.push.doors import rabbitmq  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing("spring.rabbitmq", error, "rabbitmq") from None
    rabbit = settings.rabbit
    trust.check_hostname = rabbit.ssl.verify_hostname
    addresses = rabbit.addresses or (f"{rabbit.host}:{rabbit.port or ''}",)
    options = rabbitmq.RabbitOptions(
        addresses=tuple(_address(settings, one) for one in addresses),
        destination=settings.bus.destination,
        trust=trust,
    )
    return Broker(
        name="rabbitmq",
        connect=partial(rabbitmq.open_session, options, heard),
        failures=rabbitmq.FAILURES,
        explain=rabbitmq.explain,
    )


def _address(settings: Settings, text: str) -> Address:
    """Take an address apart; what it does not say is as the other settings say."""
    rabbit = settings.rabbit
    try:
        parts = urlsplit(text if "://" in text else f"amqp://{text.rstrip(':')}")
        port = parts.port
    except ValueError:
        raise SettingsError("spring.rabbitmq.addresses holds what is no address") from None
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise SettingsError("spring.rabbitmq.addresses holds what is no address of RabbitMQ")
    tls = rabbit.ssl.enabled or parts.scheme == "amqps"
    password = Secret(unquote(parts.password)) if parts.password else rabbit.password
    return Address(
        host=parts.hostname,
        port=port or rabbit.port or (5671 if tls else 5672),
        username=unquote(parts.username) if parts.username else rabbit.username,
        password=password or Secret("guest"),
        virtual_host=unquote(parts.path[1:]) or rabbit.virtual_host or "/",
        tls=tls,
    )


def kafka_broker(settings: Settings, heard: Heard, trust: ssl.SSLContext) -> Broker:
    """Return how Kafka is reached.

    Raises:
        SettingsError: the package is missing, or the login.
    """
    try:
        from configserver.push.doors import kafka  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise _missing("spring.kafka", error, "kafka") from None
    sasl = settings.kafka.properties.sasl
    protocol = settings.kafka.security.protocol
    login = dict(_LOGIN.findall(sasl.jaas.config.reveal())) if sasl.jaas.config else {}
    if protocol.startswith("SASL") and not {"username", "password"} <= login.keys():
        raise SettingsError(
            "spring.kafka.properties.sasl.jaas.config names no user and password",
            hint="write: org.apache.kafka.common.security.plain.PlainLoginModule required "
            'username="…" password="…";',
        )
    options = kafka.KafkaOptions(
        servers=settings.kafka.bootstrap_servers,
        destination=settings.bus.destination,
        protocol=protocol,
        mechanism=sasl.mechanism,
        username=_unescaped(login.get("username", "")),
        password=Secret(_unescaped(login.get("password", ""))),
        trust=trust,
    )
    return Broker(
        name="kafka",
        connect=partial(kafka.open_session, options, heard),
        failures=kafka.FAILURES,
        explain=partial(kafka.explain, options),
    )


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _missing(prefix: str, error: ModuleNotFoundError, extra: str) -> SettingsError:
    return SettingsError(
        f"{prefix} is set, but the package {error.name} is not installed",
        hint=f"pip install 'configserver[{extra}]'",
    )
