"""Several servers as processes: an instance or a receiver that all of them name is told once."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.backends.conftest import Daemon, GitRepository
from tests.peers.nats import NatsServer
from tests.peers.processes import program
from tests.peers.rabbitmq import RabbitMq
from tests.peers.redis import RedisServer
from tests.push.bus.brokers import rabbit_settings
from tests.push.doors.receivers import Receiver, receiver
from tests.push.doors.waiting import until
from tests.server.replicas import SHARED, Replica
from tests.server.test_replicas import commit, settled

REPLICAS = "configserver.replicas"
INSTANCE = "configserver.refresh.instances.shop"
WEBHOOK = "configserver.notify.webhooks.ops"
PEERS = {f"{REPLICAS}.peers": "PEERS", f"{REPLICAS}.secret": SHARED}


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[tuple[GitRepository, str]]:
    program("git")
    repository = GitRepository(tmp_path / "work" / "config")
    repository.commit({"shop.yml": "n: 0\n", "application.yml": "m: 0\n"})
    daemon = Daemon(tmp_path / "work")
    daemon.start()
    yield repository, daemon.uri("config")
    daemon.stop()


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Iterator[Mapping[str, object]]:
    """Start what connects replicas; yield the settings of it."""
    with ExitStack() as stack:
        match request.param:
            case "peers":
                yield PEERS
            case "redis":
                redis = stack.enter_context(RedisServer())
                yield {f"{REPLICAS}.redis.url": redis.url}
            case "nats":
                nats = stack.enter_context(NatsServer())
                yield {f"{REPLICAS}.nats.servers": nats.url}
            case "rabbitmq":
                rabbitmq = stack.enter_context(RabbitMq())
                yield rabbit_settings(rabbitmq)


class Told:
    """An instance and a receiver of webhooks that all replicas name."""

    def __init__(self, instance: Receiver, webhook: Receiver) -> None:
        self.instance = instance
        self.webhook = webhook

    @property
    def refreshes(self) -> int:
        """How often the instance was told."""
        return len(self.instance.got)

    def changes(self, commit: str) -> list[str]:
        """Return what the receiver was told of a commit, sorted."""
        bodies = [json.loads(got.body) for got in self.webhook.got]
        return sorted(
            f"{change['application']}/{','.join(change['profiles'])}"
            for body in bodies
            for change in body["changes"]
            if change["after"]["commit"] == commit
        )

    @property
    def guesses(self) -> list[str]:
        """Names that the receiver was told because of files."""
        return [name for got in self.webhook.got for name in json.loads(got.body)["applications"]]


@asynccontextmanager
async def sharing(
    folder: Path, uri: str, settings: Mapping[str, object], count: int = 2
) -> AsyncIterator[tuple[list[Replica], Told]]:
    """Start replicas that all name the same instance and the same receiver."""
    async with AsyncExitStack() as stack:
        told = Told(
            await stack.enter_async_context(receiver()), await stack.enter_async_context(receiver())
        )
        ours = {
            f"{INSTANCE}.url": f"{told.instance.url}/actuator/refresh",
            f"{INSTANCE}.application": "shop",
            f"{WEBHOOK}.url": f"{told.webhook.url}/hook",
            **settings,
        }
        made = [Replica(folder / f"replica{number}", uri, ours) for number in range(count)]
        for number, one in enumerate(made):
            stack.push_async_callback(one.kill)
            named = {f"{INSTANCE}.headers.X-Replica": str(number)}
            if settings.get(f"{REPLICAS}.peers") == "PEERS":
                named[f"{REPLICAS}.peers"] = ",".join(peer.url for peer in made)
            one.add(named)
        await asyncio.gather(*(one.start() for one in made))
        await settled(*made)
        yield made, told


async def waiting(one: Replica) -> int:
    """Return how much waits to be told by somebody, at one of them."""
    parts = (await one.health())["components"].values()
    return sum(part["details"]["waiting"] for part in parts)


async def decided(*made: Replica) -> None:
    """Wait until nothing waits any more to be told."""
    async with asyncio.timeout(20):
        for one in made:
            while await waiting(one):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)


def of_replica(told: Told) -> list[int]:
    """Return which replicas told the instance."""
    return [int(got.headers["X-Replica"]) for got in told.instance.got]


@pytest.mark.parametrize(
    ("way", "count"),
    [("peers", 2), ("redis", 2), ("nats", 2), ("rabbitmq", 2), ("peers", 3)],
    indirect=["way"],
)
async def test_a_webhook_at_one_of_them_is_told_once(
    remote: tuple[GitRepository, str], way: Mapping[str, object], count: int, tmp_path: Path
) -> None:
    repository, uri = remote
    async with sharing(tmp_path, uri, way, count) as (made, told):
        for number in (1, 2):
            new = await commit(repository, number)
            assert await made[number % count].hook() == 200
            await until(lambda: told.changes(new) and told.refreshes >= number)  # noqa: B023
            assert {await one.version() for one in made} == {new}
            await decided(*made)
            assert (told.changes(new), told.refreshes) == (["shop/dev"], number)
        assert len(told.webhook.got) == 2
        delivered = [(await one.health())["components"]["webhooks"]["details"] for one in made]
        assert sum(one["delivered"] for one in delivered) == 2


async def test_a_change_without_a_webhook_is_told_once(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    """Each looks for itself, and whoever sees it first tells the others to look."""
    repository, uri = remote
    settings = {**PEERS, "spring.cloud.config.server.git.refresh-rate": 1}
    async with sharing(tmp_path, uri, settings) as (made, told):
        new = await commit(repository, 1)
        await until(lambda: told.changes(new) and told.refreshes, 20)
        await decided(*made)
        assert (told.changes(new), told.refreshes) == (["shop/dev"], 1)


async def test_what_only_one_of_them_knows_is_told_as_soon(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    repository, uri = remote
    async with sharing(tmp_path, uri, {**PEERS, f"{REPLICAS}.hold": "100s"}) as (made, told):
        await made[0].get("/shop/prod")
        await made[1].get("/shop/test")
        new = await asyncio.to_thread(repository.commit, {"application.yml": "m: 1\n"})
        assert await made[0].hook() == 200
        await until(lambda: len(told.changes(new)) == 3)
        await decided(*made)
        assert told.changes(new) == ["shop/dev", "shop/prod", "shop/test"]
        assert told.refreshes == 1


async def test_another_one_tells_if_the_one_who_was_to_is_killed(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    """The receiver is in the midst of the first message when its sender dies."""
    repository, uri = remote
    settings = {**PEERS, f"{REPLICAS}.hold": "2s"}
    async with sharing(tmp_path, uri, settings) as (made, told):
        for one in (told.instance, told.webhook):
            one.held.clear()
        new = await commit(repository, 1)
        assert await made[0].hook() == 200
        await until(lambda: told.refreshes and told.webhook.got)
        [first] = of_replica(told)
        await made[first].kill()
        for one in (told.instance, told.webhook):
            one.held.set()
        await until(lambda: told.refreshes == 2 and len(told.webhook.got) == 2)
        assert of_replica(told) == [first, 1 - first]
        await decided(made[1 - first])
        assert told.changes(new) == ["shop/dev"] * 2
        assert (told.refreshes, len(told.webhook.got)) == (2, 2)


async def test_another_one_tells_at_once_if_the_one_who_was_to_fails(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    repository, uri = remote
    settings = {**PEERS, f"{REPLICAS}.hold": "100s"}
    async with sharing(tmp_path, uri, settings) as (made, told):
        told.instance.statuses = [503, 200]
        told.instance.headers = {"Retry-After": "5"}
        await commit(repository, 1)
        assert await made[0].hook() == 200
        await until(lambda: told.refreshes == 2, 4)
        assert sorted(of_replica(told)) == [0, 1]
        await decided(*made)
        await asyncio.sleep(6)
        assert told.refreshes == 2


async def test_each_tells_while_they_cannot_hear_one_another(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    repository, uri = remote
    with RedisServer() as redis:
        settings = {
            f"{REPLICAS}.redis.url": redis.url,
            "spring.cloud.config.server.git.refresh-rate": 1,
        }
        async with sharing(tmp_path, uri, settings) as (made, told):
            await asyncio.to_thread(redis.kill)
            new = await commit(repository, 1)
            assert await made[0].hook() == 200
            await until(lambda: told.refreshes == 2 and len(told.changes(new)) == 2, 20)
            assert sorted(of_replica(told)) == [0, 1]
            await asyncio.to_thread(redis.start)
            await settled(*made)
            new = await commit(repository, 2)
            assert await made[0].hook() == 200
            await until(lambda: told.refreshes == 3 and told.changes(new), 20)
            await decided(*made)
            assert (told.refreshes, told.changes(new)) == (3, ["shop/dev"])


async def test_a_single_server_tells_at_once(
    remote: tuple[GitRepository, str], tmp_path: Path
) -> None:
    repository, uri = remote
    async with sharing(tmp_path, uri, {f"{REPLICAS}.head-start": "100s"}, 1) as ([one], told):
        new = await commit(repository, 1)
        assert await one.hook() == 200
        await until(lambda: told.changes(new) and told.refreshes, 5)
