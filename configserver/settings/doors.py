"""Who is told of changes over HTTP, and how: `configserver.refresh.*`, `configserver.notify.*`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

from configserver.secret import Secret
from configserver.settings.secret import Key
from configserver.settings.section import (
    File,
    Text,
    Texts,
    sections,
    setting,
    text,
    whole_number,
)

_SECONDS: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s|m)?", re.IGNORECASE)
_UNITS: Final = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0}


def _seconds(value: Any) -> float:
    if not (match := _SECONDS.fullmatch(text(value).strip())):
        raise ValueError("should be a duration such as 2, 0.5, 500ms, 30s or 10m")
    return float(match[1]) * _UNITS[(match[2] or "").lower()]


def _headers(value: Any) -> Mapping[str, Secret]:
    if not isinstance(value, Mapping):
        raise ValueError("should have names and values")  # noqa: TRY004 - as Parse says
    return MappingProxyType({name: Secret(one) for name, one in value.items()})


Seconds = Annotated[float, _seconds]
"""A duration: seconds, or with one of the units of Spring's `Duration`: ms, s, m."""

_Port = Annotated[int, whole_number(1, 65535)]


@dataclass(frozen=True, kw_only=True)
class SpreadSettings:
    """How fast many are told of the same change; all at once if `batch` is not set."""

    batch: Annotated[int, whole_number(0)] = setting(
        0, description="How many are told at the same time; 0 for all."
    )
    pause: Seconds = setting(1.0, description="Seconds between two batches.")
    jitter: Seconds = setting(0.0, description="Seconds that a pause may be longer, at random.")


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """How often it is tried to tell somebody of a change."""

    waiting: Annotated[int, whole_number(1)] = setting(
        1000, description="Changes in line for one receiver; beyond it the oldest are merged."
    )
    tries: Annotated[int, whole_number(1)] = setting(
        10, description="How often one is tried before it is reported as failed."
    )
    give_up_after: Seconds = setting(600.0, description="Seconds after which no other try begins.")
    timeout: Seconds = setting(10.0, description="Seconds that one try may take.")


@dataclass(frozen=True, kw_only=True)
class InstanceSettings:
    """A Spring Boot instance that is told to refresh itself."""

    url: Text = setting(
        None, description="Its refresh endpoint: `http://shop-1:8080/actuator/refresh`."
    )
    application: str = setting(
        "*", description="What it runs as, such as `shop` or `team-*`; all if not set."
    )
    profiles: Texts = setting(
        (), description="Its profiles, such as `prod*`; one of them has to fit. All if not set."
    )
    label: Text = setting(None, description="The label that it asks for; any if not set.")
    username: Text = setting(None, description="User for HTTP basic authentication.")
    password: Key = setting(None, description="Password for HTTP basic authentication.")
    headers: Annotated[Mapping[str, Secret], _headers] = setting(
        {}, description="Headers that are sent, such as `Authorization`; their values are secrets."
    )
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's."
    )


@dataclass(frozen=True, kw_only=True)
class RefreshSettings:
    """`POST /actuator/refresh` of each instance that a change concerns."""

    instances: Mapping[str, InstanceSettings] = sections(InstanceSettings)
    concurrency: Annotated[int, whole_number(1)] = setting(
        16, description="Instances that are told at the same time."
    )
    callers: bool = setting(
        False, description="Also tell those who asked for their configuration, where they are."
    )
    networks: Texts = setting(
        (), description="Networks where such instances live: `10.1.0.0/16`. Nobody else is called."
    )
    port: _Port = setting(8080, description="Port of instances that name none.")
    ports: Texts = setting(
        (), description="Other ports that an instance may name in `X-Config-Refresh-Port`."
    )
    path: str = setting(
        "/actuator/refresh",
        description="Path for instances that name none in `X-Config-Refresh-Path`.",
    )
    trusted_proxies: Texts = setting(
        (), description="Networks of proxies whose `X-Forwarded-For` is believed."
    )
    max_callers: Annotated[int, whole_number(1)] = setting(
        1000, description="Instances to remember; those that asked longest ago go."
    )


@dataclass(frozen=True, kw_only=True)
class OutgoingSettings:
    """An outgoing webhook."""

    url: Text = setting(None, description="Where it is sent: `https://hooks.example.com/config`.")
    secret: Key = setting(
        None, description="What it is signed with; `whsec_` and Base64 for Standard Webhooks."
    )
    applications: Texts = setting(
        (), description="Applications to hear of, such as `shop` or `team-*`; all if not set."
    )
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's."
    )


@dataclass(frozen=True, kw_only=True)
class NotifySettings:
    """Other servers that are told of changes."""

    webhooks: Mapping[str, OutgoingSettings] = sections(OutgoingSettings)
