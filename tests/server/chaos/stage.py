"""Two servers, what is between them, and all that can happen to it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.backends.conftest import Daemon
from tests.peers.kafka import Kafka
from tests.peers.nats import NatsServer
from tests.peers.rabbitmq import PASSWORD, USER, RabbitMq
from tests.peers.redis import RedisServer
from tests.peers.relay import Relay
from tests.server.replicas import SHARED, Replica

WAYS: Final = ("peers", "redis", "nats", "rabbitmq", "kafka")
"""How replicas hear of one another."""

_REPLICAS: Final = "configserver.replicas"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong for a while.

    Attributes:
        name: of it.
        begin: lets it happen; blocks.
        end: makes it good; blocks.
    """

    name: str
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


@dataclass
class Stage:
    """What runs.

    Attributes:
        servers: both.
        broker: between them, None if they speak to one another.
        faults: that may be.
        active: that are, with the number of commits for which they stay.
        happened: how often each did.
    """

    servers: list[Replica]
    broker: Any
    faults: list[Fault]
    active: dict[Fault, int] = field(default_factory=dict)
    happened: dict[str, int] = field(default_factory=dict)

    async def stir(self, random: Random) -> None:
        """End what has lasted long enough, and perhaps begin something."""
        for fault in [one for one, left in self.active.items() if left <= 0]:
            await self._end(fault)
        for fault in self.active:
            self.active[fault] -= 1
        if random.random() < 0.2:
            fault = random.choice(self.faults)
            if fault not in self.active:
                await self.begin(fault, random.randint(1, 8))

    async def begin(self, fault: Fault, commits: int) -> None:
        """Let something go wrong."""
        self.active[fault] = commits
        self.happened[fault.name] = self.happened.get(fault.name, 0) + 1
        await fault.begin()

    async def calm(self) -> None:
        """Make all good again."""
        await asyncio.gather(*(self._end(fault) for fault in list(self.active)))

    async def _end(self, fault: Fault) -> None:
        del self.active[fault]
        await fault.end()


@asynccontextmanager
async def staged(
    folder: Path, way: str, settings: Mapping[str, object], *, broker_first: bool
) -> AsyncIterator[Stage]:
    """Start two servers in front of `folder/config.git`.

    Args:
        folder: holds the repository.
        way: one of WAYS.
        settings: of the servers.
        broker_first: whether the broker is there before them.
    """
    async with AsyncExitStack() as stack:
        daemon = Daemon(folder)
        stack.callback(daemon.stop)
        await asyncio.to_thread(daemon.start)
        host = stack.enter_context(Relay(daemon.port))
        broker = await asyncio.to_thread(_broker, way)
        between = stack.enter_context(Relay(broker.port)) if broker else None
        if broker and between:
            if isinstance(broker, Kafka):
                broker.advertised = between.port
            await asyncio.to_thread(stack.enter_context, broker)
        shared = {**settings, **_settings(way, between)}
        uri = f"git://127.0.0.1:{host.port}/config.git"
        servers = [Replica(folder / f"server{each}", uri, shared) for each in range(2)]
        if way == "peers":
            ends = [stack.enter_context(Relay(one.port)) for one in servers]
            for one in servers:
                one.set(
                    configserver__replicas__peers=",".join(
                        f"http://127.0.0.1:{end.port}" for end in ends
                    )
                )
        else:
            ends = [between] if between else []
        made = Stage(servers, broker, _faults(servers, broker, daemon, host, ends))
        for one in servers:
            stack.push_async_callback(one.kill)
        if broker and not broker_first:
            await asyncio.to_thread(broker.kill)
        await asyncio.gather(*(one.start() for one in servers))
        await asyncio.gather(*(_serves(one) for one in servers))
        if broker and not broker_first:
            down = next(fault for fault in made.faults if fault.name == "broker killed")
            await made.begin(down, 3)
        yield made


async def _serves(server: Replica) -> None:
    async with asyncio.timeout(60):
        while "version" not in await server.get("/shop/dev"):  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)


def _broker(way: str) -> Any:
    """Return a broker that was not started yet, None if replicas speak to one another."""
    kinds: Mapping[str, Callable[[], Any]] = {
        "redis": RedisServer,
        "nats": NatsServer,
        "rabbitmq": RabbitMq,
        "kafka": Kafka,
    }
    return kinds[way]() if way in kinds else None


def _settings(way: str, between: Relay | None) -> Mapping[str, object]:
    if between is None:
        return {f"{_REPLICAS}.secret": SHARED}
    place = f"127.0.0.1:{between.port}"
    if way == "redis":
        return {f"{_REPLICAS}.redis.url": f"redis://{place}/0"}
    if way == "nats":
        return {f"{_REPLICAS}.nats.servers": f"nats://{place}"}
    if way == "kafka":
        return {"spring.kafka.bootstrap-servers": place}
    rabbit = {"host": "127.0.0.1", "port": between.port, "username": USER, "password": PASSWORD}
    return {f"spring.rabbitmq.{name}": value for name, value in rabbit.items()}


def _faults(
    servers: list[Replica], broker: Any, daemon: Daemon, host: Relay, ends: list[Relay]
) -> list[Fault]:
    found = [
        _fault("Git host frozen", host.freeze, host.thaw),
        _fault("Git host cut", host.cut, _nothing),
        _fault("Git host killed", daemon.stop, daemon.start),
        _fault("Git host paused", _signal(daemon, signal.SIGSTOP), _signal(daemon, signal.SIGCONT)),
    ]
    for end in ends:
        found.append(_fault("network frozen", end.freeze, end.thaw))
        found.append(_fault("network cut", end.cut, _nothing))
    found += [Fault("server killed", one.kill, one.start) for one in servers]
    if broker is not None:
        found.append(_fault("broker killed", broker.kill, broker.start))
    return found


def _signal(daemon: Daemon, number: signal.Signals) -> Callable[[], None]:
    def send() -> None:
        if daemon._process is not None:
            daemon.signal(number)

    return send


def _fault(name: str, begin: Callable[[], None], end: Callable[[], None]) -> Fault:
    async def begun() -> None:
        await asyncio.to_thread(begin)

    async def ended() -> None:
        await asyncio.to_thread(end)

    return Fault(name, begun, ended)


def _nothing() -> None:
    """A connection that was cut is made again by who needs it."""
