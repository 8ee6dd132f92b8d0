"""What is wrong with the settings of doors and replicas, without looking at any file or name."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from configserver.secret import Secret
from configserver.settings.doors import InstanceSettings, NotifySettings, RefreshSettings
from configserver.settings.replicas import ReplicasSettings

Found: TypeAlias = tuple[str, str, str]
"""The name of a setting, what is wrong with it, and the name whose place is shown."""

_REFRESH: Final = "configserver.refresh"
_WEBHOOKS: Final = "configserver.notify.webhooks"
_REPLICAS: Final = "configserver.replicas"

_SHORTEST: Final = 16
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/refresh")


def door_problems(
    refresh: RefreshSettings, notify: NotifySettings, replicas: ReplicasSettings
) -> Iterator[Found]:
    """Yield what keeps doors from being opened."""
    for name, instance in refresh.instances.items():
        yield from _instance(f"{_REFRESH}.instances.{name}", instance)
    yield from _callers(refresh)
    for name, webhook in notify.webhooks.items():
        prefix = f"{_WEBHOOKS}.{name}"
        yield from _url(f"{prefix}.url", webhook.url, prefix)
        yield from _webhook_secret(f"{prefix}.secret", webhook.secret)
    yield from _peers(replicas)
    yield from _brokers(replicas)


def _instance(prefix: str, instance: InstanceSettings) -> Iterator[Found]:
    yield from _url(f"{prefix}.url", instance.url, prefix)
    if ":" in (instance.username or ""):
        yield f"{prefix}.username", "may not hold a colon", f"{prefix}.username"
    if instance.password and instance.username is None:
        yield f"{prefix}.username", "is not set, but password is", f"{prefix}.password"
    for header, value in instance.headers.items():
        text = value.reveal()
        if not _TOKEN.fullmatch(header) or not text.isprintable():
            yield f"{prefix}.headers", "hold a header that HTTP does not allow", f"{prefix}.headers"


def _callers(refresh: RefreshSettings) -> Iterator[Found]:
    if refresh.callers and not refresh.networks:
        reason = "is not set, but callers is; name the networks where instances live"
        yield f"{_REFRESH}.networks", reason, f"{_REFRESH}.callers"
    for field in ("networks", "trusted_proxies"):
        name = f"{_REFRESH}.{field.replace('_', '-')}"
        if not all(map(_is_network, getattr(refresh, field))):
            yield name, "should be networks such as 10.1.0.0/16 or fd00::/8", name
    if not all(map(_is_port, refresh.ports)):
        yield f"{_REFRESH}.ports", "should be ports from 1 to 65535", f"{_REFRESH}.ports"
    if not _PATH.fullmatch(refresh.path):
        yield f"{_REFRESH}.path", "should be a path that ends with /refresh", f"{_REFRESH}.path"


def _url(name: str, url: str | None, prefix: str) -> Iterator[Found]:
    if not url:
        yield name, "is not set", prefix
    elif not _is_http(url):
        yield name, "should begin with http:// or https:// and name a host", name
    elif "@" in urlsplit(url).netloc:
        yield name, "may not hold a user; there are other settings for credentials", name


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable()


def _webhook_secret(name: str, secret: Secret | None) -> Iterator[Found]:
    text = secret.reveal() if secret else ""
    if text.startswith("whsec_"):
        try:
            b64decode(text.removeprefix("whsec_"), validate=True)
        except Error:
            yield name, "should have Base64 after whsec_", name


def _peers(replicas: ReplicasSettings) -> Iterator[Found]:
    if replicas.peers and not replicas.secret:
        yield f"{_REPLICAS}.secret", "is not set, but peers is", f"{_REPLICAS}.peers"
    if replicas.secret and len(replicas.secret.reveal()) < _SHORTEST:
        reason = f"should have at least {_SHORTEST} characters"
        yield f"{_REPLICAS}.secret", reason, f"{_REPLICAS}.secret"
    for reason in dict.fromkeys(filter(None, map(_peer_problem, replicas.peers))):
        yield f"{_REPLICAS}.peers", reason, f"{_REPLICAS}.peers"


def _peer_problem(url: str) -> str | None:
    if not _is_http(url.removeprefix("dns+")):
        return "should be addresses such as http://b:8888 or dns+http://config:8888"
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment or parts.path not in {"", "/"}:
        return "should be addresses alone, without user, path, ? or #"
    return None


def _brokers(replicas: ReplicasSettings) -> Iterator[Found]:
    name = f"{_REPLICAS}.redis.url"
    if replicas.redis.url:
        yield from _broker(name, (replicas.redis.url,), ("redis", "rediss", "unix"))
    name = f"{_REPLICAS}.nats.servers"
    yield from _broker(name, replicas.nats.servers, ("nats", "tls"))
    nats = replicas.nats
    if nats.username and nats.token:
        name = f"{_REPLICAS}.nats.token"
        yield name, f"is set besides {_REPLICAS}.nats.username; use only one of them", name
    for field in ("redis.channel", "nats.subject"):
        section, _, key = field.partition(".")
        value = getattr(getattr(replicas, section), key)
        if not re.fullmatch(r"[A-Za-z0-9_:-]+(?:\.[A-Za-z0-9_:-]+)*", value):
            name = f"{_REPLICAS}.{field}"
            yield name, "should be letters, digits, _ : - and single dots", name


def _broker(name: str, urls: Iterable[str], schemes: tuple[str, ...]) -> Iterator[Found]:
    for url in urls:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            yield name, "is no valid address", name
            return
        if parts.scheme not in schemes or not (parts.hostname or parts.scheme == "unix"):
            yield name, f"should begin with {' or '.join(f'{one}://' for one in schemes)}", name
            return
        if "@" in parts.netloc or "password=" in parts.query:
            yield name, "may not hold credentials; there are other settings for them", name
            return


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 1 << 16


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
