"""A server whose configuration changes when a test says so, and those who watch it."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.app.running import running
from configserver.backends import Everything
from configserver.push import Change, Refresh, State
from configserver.push.watching.hub import Hub
from configserver.query import Query
from configserver.service import ConfigService
from configserver.web import MAX_LINE, WebOptions, create_app
from configserver.web.options import WatchOptions
from configserver.web.push.watch import Watching
from configserver.web.push.watchers import Listing
from tests.web.conftest import Memory


class Event(NamedTuple):
    """What came in one block of a stream; a comment has no name."""

    name: str
    id: str
    data: Any
    retry: str


def parsed(block: bytes) -> Event:
    fields = dict(line.split(": ", 1) for line in block.decode().strip("\n").split("\n"))
    data = fields.get("data")
    return Event(
        fields.get("event", ""),
        fields.get("id", ""),
        None if data is None else json.loads(data),
        fields.get("retry", ""),
    )


async def next_event(response: ClientResponse) -> Event:
    """Return the next event, passing over signs of life."""
    async with asyncio.timeout(30):
        while not (event := parsed(await response.content.readuntil(b"\n\n"))).name:
            pass
    return event


@dataclass
class Changing:
    """Knows what a service answers, and publishes what changed."""

    service: ConfigService
    memory: Memory
    hub: Hub
    version: int = 0
    looked: dict[Query, State] = field(default_factory=dict)

    async def state(self, query: Query) -> State:
        environment = await self.service.environment(query)
        values = [sorted(source.properties.items()) for source in environment.sources]
        digest = hashlib.sha256(repr(values).encode()).hexdigest()[:16]
        state = State(f"{environment.version}{self.version}", digest)
        self.looked.setdefault(query, state)
        return state

    def learn(self, query: Query) -> None:
        assert query in self.looked

    async def commit(self, value: str, *keys: str) -> None:
        """Give `a` another value, and publish for all who asked that the keys changed."""
        self.version += 1
        self.memory.value, self.memory.generation = value, object()
        changes = []
        for query in tuple(self.looked):
            before = self.looked.pop(query)
            changes.append(Change(query, before, await self.state(query), keys or ("a", "b")))
        self.hub.publish(Refresh(id=str(self.version), changes=tuple(changes)))


@dataclass
class Watched:
    """A running server."""

    client: TestClient[Request, Application]
    hub: Hub
    changing: Changing

    async def get(self, path: str, **headers: str) -> ClientResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers=named)

    async def stream(self, path: str = "/watch/foo/dev", **headers: str) -> ClientResponse:
        response = await self.get(path, Accept="text/event-stream", **headers)
        assert response.status == 200, await response.text()
        return response

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.client.host, self.client.port)

    async def watchers(self, number: int) -> None:
        """Wait until so many watch."""
        async with asyncio.timeout(30):
            while len(self.hub.watchers()) != number:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def watched(
    options: WatchOptions | None = None, *, prefix: str = "", admin: bool = False
) -> AsyncIterator[Watched]:
    """Run a server whose `/watch` is set up as given."""
    memory, hub = Memory(), Hub()
    service = ConfigService(Everything(memory), overrides={})
    changing = Changing(service, memory, hub)
    hub.meet(changing)
    extensions = [Watching(hub, options or WatchOptions()).extension]
    if admin:
        extensions.append(Listing(hub).extension)
    application = create_app(service, options=WebOptions(prefix=prefix), extensions=extensions)
    server = TestServer(application)
    await server.start_server(max_line_size=MAX_LINE)
    async with running(hub.run()), TestClient(server) as client:
        yield Watched(client, hub, changing)
        hub.close()
