"""Redis and NATS between replicas: away, killed, hanging, and nothing is missed in the end."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Self, TypeAlias

import pytest
from redis.asyncio import Redis

from configserver.push import Hint
from configserver.push.delivery.retries import Retries
from configserver.push.doors.broker import BrokerRelay
from configserver.push.doors.nats import NatsPlace, NatsWire
from configserver.push.doors.redis import RedisPlace, RedisWire
from configserver.secret import Secret
from tests.peers.nats import NatsServer
from tests.peers.redis import RedisServer
from tests.push.doors.heard import Heard
from tests.push.doors.waiting import until

QUICK = Retries(tries=0, seconds=0, first=0.02, longest=0.1)
LOGIN = "canary-login-2290"

Server: TypeAlias = RedisServer | NatsServer


def redis_wire(server: Server, login: str | None = None) -> RedisWire:
    place = RedisPlace(url=server.url, channel="hints", password=Secret(login) if login else None)
    return RedisWire(place, quiet_seconds=0.2)


def nats_wire(server: Server, login: str | None = None) -> NatsWire:
    place = NatsPlace(
        servers=(server.url,), subject="hints", token=Secret(login) if login else None
    )
    return NatsWire(place, quiet_seconds=1)


def redis_server(login: str | None = None, *, started: bool = True) -> RedisServer:
    return RedisServer(password=login, started=started)


def nats_server(login: str | None = None, *, started: bool = True) -> NatsServer:
    return NatsServer(token=login, started=started)


KINDS = {"redis": (redis_server, redis_wire), "nats": (nats_server, nats_wire)}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> tuple[Callable[..., Any], ...]:
    return KINDS[request.param]


class Replicas:
    """Some replicas on one broker."""

    def __init__(self, wire_of: Callable[[], Any], *names: str) -> None:
        self.heard = {name: Heard() for name in names}
        self._relays = {
            name: BrokerRelay("broker", wire_of(), heard, replica=name, retries=QUICK)
            for name, heard in self.heard.items()
        }
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for relay in self._relays.values():
            await self._stack.enter_async_context(relay)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def connected(self) -> None:
        """Wait until all are connected and have told each other so."""
        await until(lambda: all(one.report().up for one in self._relays.values()))

    async def lost(self) -> None:
        await until(lambda: not any(one.report().up for one in self._relays.values()))

    async def say(self, name: str, uri: str) -> None:
        self._relays[name].relay(Hint(origin="github", uris=(uri,)))

    async def hear(self, uri: str, *names: str) -> None:
        await until(lambda: all(self.heard[name].of(uri) for name in names))

    def reason(self, name: str) -> str | None:
        return self._relays[name].report().reason


def lost(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [one for one in caplog.records if one.getMessage() == "relay has no connection"]


async def test_all_others_hear_of_what_one_heard(kind: Any) -> None:
    server_of, wire_of = kind
    with server_of() as server:
        async with Replicas(lambda: wire_of(server), "a", "b", "c") as replicas:
            await replicas.connected()
            await replicas.say("a", "u1")
            await replicas.hear("u1", "b", "c")
            await replicas.say("b", "u2")
            await replicas.hear("u2", "a", "c")
            assert not replicas.heard["a"].of("u1")
            assert not replicas.heard["b"].of("u2")
    assert all(one.relayed for heard in replicas.heard.values() for one in heard.hints)


async def test_what_was_relayed_goes_no_further(kind: Any) -> None:
    server_of, wire_of = kind
    with server_of() as server:
        async with Replicas(lambda: wire_of(server), "a", "b") as replicas:
            await replicas.connected()
            await replicas.say("a", "u1")
            await replicas.hear("u1", "b")
            [hint] = replicas.heard["b"].of("u1")
            replicas._relays["b"].relay(hint)
            replicas._relays["b"].relay(replace(hint, uris=("u2",)))
            await replicas.say("b", "u3")
            await replicas.hear("u3", "a")
            assert not replicas.heard["a"].of("u1") + replicas.heard["a"].of("u2")


async def test_a_broker_that_is_not_there_at_the_start(
    kind: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What was said meanwhile is heard as soon as it is, and everybody looks at everything."""
    server_of, wire_of = kind
    with server_of(started=False) as server:
        async with Replicas(lambda: wire_of(server), "a", "b") as replicas:
            await replicas.say("a", "u1")
            await until(lambda: lost(caplog))
            await asyncio.to_thread(server.start)
            await replicas.connected()
            await until(lambda: all(heard.looks for heard in replicas.heard.values()))
            await replicas.say("a", "u2")
            await replicas.hear("u2", "b")
    assert len(lost(caplog)) <= 4


@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_a_broker_that_is_killed_or_hangs(kind: Any, how: str) -> None:
    """Everybody looks at everything when it is back, and hears what was said while it was away."""
    server_of, wire_of = kind
    with server_of() as server:
        async with Replicas(lambda: wire_of(server), "a", "b") as replicas:
            await replicas.connected()
            before = {name: heard.looks for name, heard in replicas.heard.items()}
            await asyncio.to_thread(getattr(server, how))
            await replicas.lost()
            await replicas.say("a", "u1")
            await asyncio.to_thread(server.start if how == "kill" else server.resume)
            await replicas.connected()
            await until(
                lambda: all(heard.looks > before[name] for name, heard in replicas.heard.items())
            )
            await replicas.say("b", "u2")
            await replicas.hear("u2", "a")


async def test_a_login(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    server_of, wire_of = kind
    with caplog.at_level(logging.DEBUG), server_of(LOGIN) as server:
        async with Replicas(lambda: wire_of(server, LOGIN), "a", "b") as replicas:
            await replicas.connected()
            await replicas.say("a", "u1")
            await replicas.hear("u1", "b")
        async with Replicas(lambda: wire_of(server, f"{LOGIN}-wrong"), "a") as replicas:
            await until(lambda: replicas.reason("a") == "no connection: the login is refused")
    ours = [one for one in caplog.records if one.name.startswith("configserver")]
    assert LOGIN not in repr([one.__dict__ for one in ours])


async def test_what_others_publish_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server() as server:
        async with (
            Replicas(lambda: redis_wire(server), "a", "b") as replicas,
            Redis.from_url(server.url) as client,
        ):
            await replicas.connected()
            for text in ("hello", "{}", '{"id":1}', "x" * 1_000_000):
                await client.publish("hints", text)
            await replicas.say("a", "u1")
            await replicas.hear("u1", "b")
    refused = [one for one in caplog.records if one.getMessage() == "message is refused"]
    assert len(refused) == 8
