"""Two servers as processes: a webhook that reaches one makes both fetch and tell their own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.backends.conftest import Daemon, GitRepository
from tests.peers.authority import Authority
from tests.peers.nats import NatsServer
from tests.peers.processes import program
from tests.peers.redis import RedisServer
from tests.push.doors.receivers import receiver
from tests.push.doors.waiting import until
from tests.server.replicas import HOOK, SHARED, Replica, hears, replicas, told_of

REPLICAS = "configserver.replicas"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[tuple[GitRepository, str]]:
    program("git")
    repository = GitRepository(tmp_path / "work" / "config")
    repository.commit({"shop.yml": "n: 0\n", "cart.yml": "n: 0\n"})
    daemon = Daemon(tmp_path / "work")
    daemon.start()
    yield repository, daemon.uri("config")
    daemon.stop()


async def commit(repository: GitRepository, number: int) -> str:
    return await asyncio.to_thread(repository.commit, {"shop.yml": f"n: {number}\n"})


@asynccontextmanager
async def watching(replica: Replica) -> AsyncIterator[list[str]]:
    """Watch the application `shop`; yield the lines as they come."""
    lines: list[str] = []

    async def read(session: ClientSession) -> None:
        headers = {"Accept": "text/event-stream"}
        async with session.get(f"{replica.url}/watch/shop/dev", headers=headers) as stream:
            async for line in stream.content:
                lines.append(line.decode())  # noqa: PERF401 - each as soon as it comes

    async with ClientSession() as session:
        task = asyncio.create_task(read(session))
        try:
            await until(lambda: lines)
            yield lines
        finally:
            task.cancel()
            await asyncio.wait([task])


async def settled(*all_of_them: Replica) -> None:
    """Wait until each has its repository, and all its ways are up."""
    for one in all_of_them:
        await one.version()
        async with asyncio.timeout(30):
            while (await one.health())["status"] != "UP":  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[dict[str, object], Any]]:
    """Return settings of a way between replicas, and its broker."""
    kind, _, over = request.param.partition(" over ")
    authority = Authority(tmp_path / "authority")
    tls = authority.server("127.0.0.1") if over else None
    with ExitStack() as stack:
        if kind == "peers":
            yield {f"{REPLICAS}.peers": "PEERS", f"{REPLICAS}.secret": SHARED}, None
            return
        ca_file = {f"{REPLICAS}.{kind}.ca-file": str(authority.ca_file)}
        found: dict[str, object] = {**(ca_file if tls else {})}
        if kind == "redis":
            redis = stack.enter_context(RedisServer(password=SHARED, tls=tls))
            found |= {f"{REPLICAS}.redis.url": redis.url, f"{REPLICAS}.redis.password": SHARED}
            yield found, redis
        else:
            nats = stack.enter_context(NatsServer(token=SHARED, tls=tls))
            found |= {f"{REPLICAS}.nats.servers": nats.url, f"{REPLICAS}.nats.token": SHARED}
            yield found, nats


@pytest.mark.parametrize(
    "way", ["peers", "redis", "nats", "redis over TLS", "nats over TLS"], indirect=True
)
async def test_a_webhook_at_one_reaches_the_watchers_of_the_other(
    remote: tuple[GitRepository, str], way: tuple[dict[str, object], Any], tmp_path: Path
) -> None:
    repository, uri = remote
    settings, _ = way
    async with replicas(tmp_path, uri, settings) as [(a, told_by_a), (b, told_by_b)]:
        await settled(a, b)
        async with watching(b) as lines:
            new = await commit(repository, 1)
            assert await a.hook() == 200
            await hears(told_by_b, new)
            await hears(told_by_a, new)
            await until(lambda: any(new in line for line in lines))
        await asyncio.sleep(0.3)
        assert len(told_of(told_by_a, new)) == len(told_of(told_by_b, new)) == 1
        assert await b.version() == new
    for one in (a, b):
        log = one.log.read_text()
        assert HOOK not in log
        assert SHARED not in log


@pytest.mark.parametrize("way", ["redis", "nats"], indirect=True)
async def test_a_broker_that_was_killed_is_caught_up_with(
    remote: tuple[GitRepository, str], way: tuple[dict[str, object], Any], tmp_path: Path
) -> None:
    repository, uri = remote
    settings, broker = way
    async with replicas(tmp_path, uri, settings) as [(a, told_by_a), (b, told_by_b)]:
        await settled(a, b)
        first = await commit(repository, 7)
        assert await a.hook() == 200
        await hears(told_by_b, first)
        await asyncio.to_thread(broker.kill)
        new = await commit(repository, 1)
        assert await a.hook() == 200
        await hears(told_by_a, new)
        assert not told_of(told_by_b, new)
        await asyncio.to_thread(broker.start)
        await hears(told_by_b, new, 40)
        last = await commit(repository, 2)
        assert await b.hook() == 200
        await hears(told_by_a, last)


@pytest.mark.parametrize("way", ["peers"], indirect=True)
async def test_a_replica_that_was_killed_catches_up(
    remote: tuple[GitRepository, str], way: tuple[dict[str, object], Any], tmp_path: Path
) -> None:
    """Whoever asked it before is told by it, though the webhook came while it was away."""
    repository, uri = remote
    settings, _ = way
    async with replicas(tmp_path, uri, settings) as [(a, told_by_a), (b, told_by_b)]:
        await settled(a, b)
        before = await commit(repository, 1)
        assert await a.hook() == 200
        await hears(told_by_b, before)
        await until(lambda: "shop" in b.remembered())
        await b.kill()
        new = await commit(repository, 2)
        assert await a.hook() == 200
        await hears(told_by_a, new)
        await b.start()
        await hears(told_by_b, new, 40)


async def test_those_concerned_are_refreshed_over_http(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    """Instances that are named, and one that asked; nobody whose answer stayed the same."""
    repository, uri = remote
    async with receiver() as shop, receiver() as cart, receiver() as caller, receiver() as other:
        refresh = "configserver.refresh"
        settings = {
            f"{refresh}.instances.shop.url": f"{shop.url}/actuator/refresh",
            f"{refresh}.instances.shop.application": "shop",
            f"{refresh}.instances.cart.url": f"{cart.url}/actuator/refresh",
            f"{refresh}.instances.cart.application": "cart",
            f"{refresh}.callers": True,
            f"{refresh}.networks": "127.0.0.0/8",
            f"{refresh}.ports": f"{caller.port},{other.port}",
        }
        async with replicas(tmp_path, uri, settings, 1) as [(one, told)]:
            await one.get("/cart/dev", X_Config_Refresh_Port=str(other.port))
            for _ in range(3):
                await one.get("/shop/dev", X_Config_Refresh_Port=str(caller.port))
            new = await commit(repository, 1)
            assert await one.hook() == 200
            await hears(told, new)
            await until(lambda: shop.got and caller.got)
            await asyncio.sleep(0.2)
            assert [len(receiver.got) for receiver in (shop, caller, cart, other)] == [1, 1, 0, 0]
            components = (await one.health())["components"]
            assert components["instances"]["details"]["delivered"] == 1
            assert components["callers"]["details"]["delivered"] == 1
