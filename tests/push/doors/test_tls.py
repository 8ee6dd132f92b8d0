"""Replicas over TLS: real brokers and peers, and certificates that are right or wrong in one way.

What is wrong is reported once, in words, nothing secret is said, and it is tried again until it is
right.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from configserver.app.push.replicas import open_replicas
from configserver.errors import SettingsError
from configserver.push import Hint
from configserver.push.doors.broker import BrokerRelay
from configserver.push.doors.http import Poster
from configserver.push.doors.nats import NatsPlace, NatsWire
from configserver.push.doors.peers import PeerRelay, PeerUrl, parse_peer
from configserver.push.doors.redis import RedisPlace, RedisWire
from configserver.push.doors.tls import ALONE, Trust
from configserver.secret import Secret
from configserver.settings.collect import Entry
from configserver.settings.load import load
from tests.peers.authority import Authority, Certificate
from tests.peers.nats import NatsServer
from tests.peers.redis import RedisServer
from tests.peers.relay import Relay
from tests.push.doors.heard import Heard
from tests.push.doors.test_brokers import LOGIN, QUICK, lost
from tests.push.doors.test_peers import SECRET, Replica
from tests.push.doors.waiting import until

REPLICAS = "configserver.replicas"
LONG = 30.0
"""Seconds for several tries: NATS' library takes a second to close what was never open."""
HINT = Hint(origin="github", uris=("u1",))


class Kind(NamedTuple):
    """A broker, its settings and its wire."""

    server: Callable[..., RedisServer | NatsServer]
    settings: Callable[[str], Mapping[str, str]]
    wire: Callable[[str, Trust], RedisWire | NatsWire]
    scheme: str


def redis_wire(place: str, trust: Trust) -> RedisWire:
    url = f"rediss://{place}/0"
    return RedisWire(RedisPlace(url=url, channel="hints", password=Secret(LOGIN), trust=trust))


def nats_wire(place: str, trust: Trust) -> NatsWire:
    servers = (f"tls://{place}",)
    return NatsWire(NatsPlace(servers=servers, subject="hints", token=Secret(LOGIN), trust=trust))


KINDS = {
    "redis": Kind(
        lambda **how: RedisServer(password=LOGIN, **how),
        lambda place: {"redis.url": f"rediss://{place}/0", "redis.password": LOGIN},
        redis_wire,
        "redis",
    ),
    "nats": Kind(
        lambda **how: NatsServer(token=LOGIN, **how),
        lambda place: {"nats.servers": f"tls://{place}", "nats.token": LOGIN},
        nats_wire,
        "nats",
    ),
}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "known")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def is_clean(log: pytest.LogCaptureFixture) -> bool:
    """Say whether nothing that this server logged holds the login."""
    ours = [one for one in log.records if one.name.startswith("configserver")]
    return LOGIN not in repr([one.__dict__ for one in ours])


@asynccontextmanager
async def replica(settings: Mapping[str, str]) -> AsyncIterator[tuple[BrokerRelay, Heard]]:
    """Open what settings below `configserver.replicas` name."""
    entries = [Entry(f"{REPLICAS}.{name}", text, "test") for name, text in settings.items()]
    found = load(environ={"HOME": "/nonexistent"}, options=entries).settings
    heard = Heard()
    async with open_replicas(found, heard) as opened:
        [relay] = opened.relays
        assert isinstance(relay, BrokerRelay)
        yield relay, heard


@asynccontextmanager
async def relay(wire: RedisWire | NatsWire) -> AsyncIterator[tuple[BrokerRelay, Heard]]:
    heard = Heard()
    async with BrokerRelay("broker", wire, heard, replica="a", retries=QUICK) as one:
        yield one, heard


async def test_a_hint_passes_with_a_login_that_nobody_sees(
    kind: Kind, authority: Authority, log: pytest.LogCaptureFixture
) -> None:
    """A private CA, named in the settings, and a listener in between."""
    with (
        kind.server(tls=authority.server("127.0.0.1")) as server,
        Relay(server.port) as between,
    ):
        settings = dict(kind.settings(f"127.0.0.1:{between.port}"))
        settings[f"{kind.scheme}.ca-file"] = str(authority.ca_file)
        async with replica(settings) as (one, _), replica(settings) as (other, heard):
            await until(lambda: one.report().up and other.report().up)
            one.relay(HINT)
            await until(lambda: heard.of("u1"))
        assert LOGIN.encode() not in between.sent
    assert is_clean(log)


class Fault(NamedTuple):
    """A certificate by the authority that is known or another one, and what is said of it."""

    shown: Callable[[Authority, Authority], Certificate]
    reason: str
    hint: str


FAULTS = {
    "unknown authority": Fault(
        lambda _, stranger: stranger.server("127.0.0.1", "config"),
        "its TLS certificate is not trusted",
        "name its CA in ca-file, or renew the certificate",
    ),
    "another host": Fault(
        lambda authority, _: authority.server("elsewhere.example.org"),
        "its TLS certificate is for another host",
        "use a host name that it is for",
    ),
    "expired": Fault(
        lambda authority, _: authority.server("127.0.0.1", "config", expired=True),
        "its TLS certificate has expired",
        "renew it, or check this machine's clock",
    ),
}


@pytest.fixture(params=list(FAULTS))
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "unknown", "Other CA")


async def test_a_wrong_certificate_is_reported_once_until_it_is_right(
    kind: Kind,
    fault: Fault,
    authority: Authority,
    stranger: Authority,
    log: pytest.LogCaptureFixture,
) -> None:
    trust = Trust(ca_file=str(authority.ca_file))
    with (
        kind.server(tls=fault.shown(authority, stranger)) as server,
        Relay(server.port) as between,
    ):
        async with relay(kind.wire(f"127.0.0.1:{between.port}", trust)) as (one, heard):
            await until(lambda: between.connections >= 3, LONG)
            assert one.report().reason == f"no connection: {fault.reason}"
            [warning] = lost(log)
            fields = vars(warning)["fields"]
            assert (fields["reason"], fields["hint"]) == (fault.reason, fault.hint)
            assert not heard.hints
            server.tls = authority.server("127.0.0.1")
            await asyncio.to_thread(server.restart)
            await until(lambda: one.report().up and heard.looks, LONG)
        assert LOGIN.encode() not in between.sent
    assert is_clean(log)


async def test_nothing_is_said_to_a_broker_without_tls(kind: Kind, authority: Authority) -> None:
    """Whoever stands in between may say that there is none, to hear the login."""
    # A Redis takes the beginning of TLS for that of a command, and waits for its end.
    reason = "no connection: " + (
        "TimeoutError" if kind.scheme == "redis" else "does not speak TLS"
    )
    trust = Trust(ca_file=str(authority.ca_file))
    with kind.server() as server, Relay(server.port) as between:
        async with (
            relay(kind.wire(f"127.0.0.1:{between.port}", trust)) as (one, _),
            relay(kind.wire(f"127.0.0.1:{between.port}", ALONE)) as (other, _),
        ):
            await until(lambda: one.report().reason == other.report().reason == reason, LONG)
        assert LOGIN.encode() not in between.sent


async def test_a_client_certificate(kind: Kind, authority: Authority) -> None:
    files = {"ca_file": str(authority.ca_file)}
    ours = authority.client()
    with kind.server(tls=authority.server("127.0.0.1"), clients=authority.ca_file) as server:
        place = f"127.0.0.1:{server.port}"
        async with relay(kind.wire(place, Trust(**files))) as (one, _):
            await until(lambda: "client certificate" in (one.report().reason or ""))
        settings = {
            **kind.settings(place),
            f"{kind.scheme}.ca-file": files["ca_file"],
            f"{kind.scheme}.client-certificate": str(ours.file),
            f"{kind.scheme}.client-key": str(ours.key),
        }
        async with replica(settings) as (one, _), replica(settings) as (_, heard):
            await until(lambda: one.report().up and heard.looks)
            one.relay(HINT)
            await until(lambda: heard.of("u1"))


async def test_a_file_that_holds_no_certificate_is_named(
    kind: Kind, authority: Authority, tmp_path: Path
) -> None:
    ours = authority.client()
    (tmp_path / "none").write_text("none")
    good, none = {"client-certificate": str(ours.file)}, str(tmp_path / "none")
    for name, value in (
        ("ca-file", {"ca-file": none}),
        ("client-certificate", {"client-certificate": none}),
        ("client-certificate", good),
        ("client-certificate", {**good, "client-key": none}),
        ("client-certificate", {"client-key": none}),
    ):
        files = {f"{kind.scheme}.{key}": text for key, text in value.items()}
        with pytest.raises(SettingsError, match=f"{REPLICAS}.{kind.scheme}.{name}"):
            async with replica({**kind.settings("127.0.0.1:1"), **files}):
                pass


class Front(NamedTuple):
    """A peer behind TLS, and a relay to it."""

    peer: Replica
    tls: Relay
    relay: PeerRelay


@asynccontextmanager
async def fronted(url: str, certificate: Certificate | None, ca_file: Path) -> AsyncIterator[Front]:
    async def resolve(_: PeerUrl) -> tuple[str]:
        return ("127.0.0.1",)

    peer, sender = Replica("b"), Replica("a").sender
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(peer.serving())
        poster = await stack.enter_async_context(Poster(ca_file=str(ca_file)))
        tls = stack.enter_context(Relay(peer.port, tls=certificate))
        way = parse_peer(f"{url}:{tls.port}")
        one = PeerRelay(way, sender, poster, retries=QUICK, resolve=resolve)
        yield Front(peer, tls, await stack.enter_async_context(one))


BY_ADDRESS, BY_NAME = "https://127.0.0.1", "dns+https://config"


@pytest.mark.parametrize(("url", "name"), [(BY_ADDRESS, "127.0.0.1"), (BY_NAME, "config")])
async def test_a_peer_is_told(url: str, name: str, authority: Authority) -> None:
    """By its address, or each address of a name, which the certificate has to be for."""
    async with fronted(url, authority.server(name), authority.ca_file) as front:
        await until(lambda: front.peer.heard.looks)
        front.relay.relay(HINT)
        await until(lambda: front.peer.heard.of("u1") and front.relay.report().up)


@pytest.mark.parametrize("url", [BY_ADDRESS, BY_NAME])
async def test_a_peer_with_a_wrong_certificate_is_not_told(
    url: str, fault: Fault, authority: Authority, stranger: Authority, log: pytest.LogCaptureFixture
) -> None:
    certificate = fault.shown(authority, stranger)
    async with fronted(url, certificate, authority.ca_file) as front:
        await until(lambda: front.tls.connections >= 6, LONG)
        assert front.relay.report().reason == fault.reason
        assert not front.peer.requests
    [warning] = [one for one in log.records if one.getMessage() == "relay fails"]
    assert vars(warning)["fields"]["hint"] == fault.hint
    assert SECRET.reveal() not in repr([record.__dict__ for record in log.records])


async def test_a_name_is_not_an_address(authority: Authority) -> None:
    certificate = authority.server("127.0.0.1")
    async with fronted(BY_NAME, certificate, authority.ca_file) as front:
        reason = FAULTS["another host"].reason
        await until(lambda: front.relay.report().reason == reason)


async def test_a_peer_without_tls_is_not_told(authority: Authority) -> None:
    async with fronted(BY_ADDRESS, None, authority.ca_file) as front:
        await until(lambda: front.relay.report().reason == "does not speak TLS")
        assert not front.peer.requests
