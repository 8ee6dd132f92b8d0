"""Spring Cloud Bus and its brokers: `spring.cloud.bus.*`, `spring.rabbitmq.*`, `spring.kafka.*`."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from configserver.settings.secret import Key
from configserver.settings.section import (
    File,
    Text,
    Texts,
    one_of,
    section,
    setting,
    split_at_commas,
    text,
    whole_number,
    without_effect,
)

_PROTOCOLS = one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


def _protocol(value: Any) -> Any:
    return _PROTOCOLS(text(value).strip().upper())


def _mechanism(value: Any) -> Any:
    return _MECHANISMS(text(value).strip().upper())


def _addresses(value: Any) -> tuple[str, ...]:
    """Return addresses; what has a password has a scheme too, so that it is masked everywhere."""
    found = split_at_commas(value)
    if any("@" in one and "://" not in one for one in found):
        raise ValueError("should have amqp:// or amqps:// before a user and a password")
    return found


@dataclass(frozen=True, kw_only=True)
class ApplicationSettings:
    """The server as an application among others."""

    name: str = setting("configserver", description="First part of the server's bus id.")


@dataclass(frozen=True, kw_only=True)
class AckSettings:
    """How events that are for the server are acknowledged."""

    enabled: bool = setting(True, description="Acknowledge events that are for this server.")
    destination_service: str = setting("**", description="To whom acknowledgements are sent.")


@dataclass(frozen=True, kw_only=True)
class TraceSettings:
    """What is logged of the bus."""

    enabled: bool = setting(False, description="Log each event on the bus, without its content.")


@dataclass(frozen=True, kw_only=True)
class RefreshSettings:
    """The endpoint that refreshes by hand."""

    enabled: bool = setting(
        True, description="Offer `POST /actuator/busrefresh`, if it is exposed too."
    )


@dataclass(frozen=True, kw_only=True)
class BusSettings:
    """Spring Cloud Bus; it needs a broker, RabbitMQ or Kafka."""

    enabled: bool = setting(True, description="Take part in the bus, if a broker is set.")
    destination: str = setting(
        "springCloudBus", description="Exchange of RabbitMQ, or topic of Kafka."
    )
    id: Text = setting(
        None,
        description="Bus id of this server, which no other may have. Not set: its application "
        "name, its port and a random text, with colons between them.",
    )
    content_type: str = setting(
        "application/json",
        effect=without_effect("events are always JSON"),
        description="For an application with a converter of its own.",
    )
    ack: AckSettings = section(AckSettings)
    trace: TraceSettings = section(TraceSettings)
    refresh: RefreshSettings = section(RefreshSettings)


@dataclass(frozen=True, kw_only=True)
class OwnBusSettings:
    """What Spring Cloud Bus does not have."""

    destinations: Literal["application", "exact"] = setting(
        "application",
        description="Whom a change is told: all instances of the applications concerned, or with "
        "`exact` only those with the profiles concerned. The latter misses instances whose bus id "
        "does not hold the profiles that they ask for.",
    )
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's, for brokers."
    )
    client_certificate: File = setting(
        None, description="PEM file of a TLS client certificate, for brokers."
    )
    client_key: File = setting(
        None, description="PEM file of its key; not needed if the certificate's file holds it."
    )
    head_start: Annotated[int, whole_number(0, 10_000)] = setting(
        300,
        description="Milliseconds between telling other replicas to look and telling applications "
        "to refresh, so that none is given what was there before; 0 for a single server.",
    )
    settle: Annotated[int, whole_number(0, 600)] = setting(
        10,
        description="Seconds that applications get to come back to a broker that was away, before "
        "they are told what they may have missed.",
    )


@dataclass(frozen=True, kw_only=True)
class RabbitSslSettings:
    """TLS to RabbitMQ."""

    enabled: bool = setting(False, description="Speak TLS.")
    verify_hostname: bool = setting(True, description="Check the name in the certificate.")


@dataclass(frozen=True, kw_only=True)
class RabbitSettings:
    """RabbitMQ; used if `host` or `addresses` is set."""

    host: Text = setting(None, description="Host of the broker.")
    port: Annotated[int, whole_number(0, 65535)] = setting(
        0, description="Port of the broker. Not set: 5672, with TLS 5671."
    )
    addresses: Annotated[tuple[str, ...], _addresses] = setting(
        (),
        shown=False,
        description="Several brokers instead, tried in order: `a:5672,b:5672` or "
        "`amqps://user:password@a/vhost`.",
    )
    username: str = setting("guest", description="User name.")
    password: Key = setting(None, description="Password; `guest` if not set.")
    virtual_host: Text = setting(None, description="Virtual host; `/` if not set.")
    ssl: RabbitSslSettings = section(RabbitSslSettings)


@dataclass(frozen=True, kw_only=True)
class JaasSettings:
    """The login to Kafka as Java writes it."""

    config: Key = setting(
        None,
        description="Login: `org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="…" password="…";`, or ScramLoginModule.',
    )


@dataclass(frozen=True, kw_only=True)
class SaslSettings:
    """How to log in to Kafka."""

    mechanism: Annotated[str, _mechanism] = setting(
        "PLAIN", description="`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."
    )
    jaas: JaasSettings = section(JaasSettings)


@dataclass(frozen=True, kw_only=True)
class KafkaSecuritySettings:
    """How Kafka is spoken to."""

    protocol: Annotated[str, _protocol] = setting(
        "PLAINTEXT", description="`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."
    )


@dataclass(frozen=True, kw_only=True)
class KafkaPropertySettings:
    """Properties of Kafka's own client that are understood."""

    sasl: SaslSettings = section(SaslSettings)


@dataclass(frozen=True, kw_only=True)
class KafkaSettings:
    """Kafka; used if `bootstrap-servers` is set."""

    bootstrap_servers: Texts = setting((), description="Some of the brokers: `a:9092,b:9092`.")
    security: KafkaSecuritySettings = section(KafkaSecuritySettings)
    properties: KafkaPropertySettings = section(KafkaPropertySettings)


@dataclass(frozen=True, kw_only=True)
class ExposureSettings:
    """Which endpoints of the actuator there are."""

    include: Texts = setting(
        (),
        description="`busrefresh` or `*` exposes `POST /actuator/busrefresh`. All other endpoints "
        "of this server are there anyway.",
    )
    exclude: Texts = setting((), description="Stronger than `include`.")
