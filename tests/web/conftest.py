import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from multidict import CIMultiDictProxy
from yarl import URL

from configserver.backends import Everything, Seen
from configserver.errors import InvalidFile, NoSuchFile, NoSuchLabel, NoSuchRepository
from configserver.model import (
    AS_ASKED,
    Environment,
    File,
    Position,
    PropertySource,
    Provenance,
)
from configserver.query import Query
from configserver.service import ConfigService
from configserver.web import MAX_LINE, WebOptions, create_app
from configserver.web.application import FRONT
from configserver.web.logs import Counters

MODIFIED = 1_600_000_000.5


@dataclass(eq=False)
class Memory:
    """A backend in memory: one commit, two labels, applications named after what happens."""

    generation: object = field(default_factory=object)
    known: bool = True
    value: str = "1"
    fresh: Seen = field(default_factory=Seen)
    provenance: Provenance = AS_ASKED
    syncs: int = 0
    finds: int = 0
    waiting: asyncio.Queue[Query] = field(default_factory=asyncio.Queue)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    files: Mapping[str, bytes] = field(
        default_factory=lambda: {
            "t.txt": b"text ${a} \xff\n",
            "u.txt": "größe\n".encode(),
            "n.conf": b"n\n",
            "circle.txt": b"${c}\n",
            "dir/t.txt": b"deep\n",
        }
    )

    def now(self) -> object | None:
        return self.generation if self.known else None

    async def sync(self) -> object:
        self.syncs += 1
        self.known = True
        return self.generation

    def seen(self) -> Seen:
        return self.fresh

    async def find(self, query: Query) -> Environment:
        self.finds += 1
        if query.name == "broken":
            raise InvalidFile("a colon is missing", path="broken.yml", line=3, column=7)
        if query.name == "crash":
            raise RuntimeError("secret in a message")
        if query.name == "remote":
            raise NoSuchRepository("never reached", repository="https://user:***@host/x")
        if query.label not in {None, "main", "feature/x", "größe"}:
            raise NoSuchLabel("no such label", repository="file:/r")
        values = {"a": self.value, "b": "${a}"}
        if query.name == "slow":
            self.waiting.put_nowait(query)
            await self.gate.wait()
        if query.name == "cyclic":
            values["c"] = "${c}"
        source = PropertySource("file:/r/application.yml", values, {"a": Position(1, 4)})
        sources = (source,)
        version, found = "c0ffee", self.provenance
        return Environment(query.name, query.profiles, query.label, version, "", sources, found)

    async def file(self, query: Query, path: str) -> File:
        if path not in self.files:
            raise NoSuchFile(f"none for {len(query.profile_names)} profiles")
        return File(path, self.files[path], "c0ffee", MODIFIED)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "")


class Site:
    """A running server that is asked with targets exactly as written."""

    def __init__(
        self, client: TestClient[Request, Application], memory: Memory, counters: Counters
    ) -> None:
        self.memory = memory
        self.counters = counters
        self._client = client

    async def __call__(self, target: str, method: str = "GET", **headers: str) -> Reply:
        url = URL(f"http://{self._client.host}:{self._client.port}{target}", encoded=True)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        defaults = {"Accept": None} if "Accept" not in named else {}
        async with self._client.session.request(
            method, url, headers=named, skip_auto_headers=defaults, allow_redirects=False
        ) as response:
            return Reply(response.status, response.headers, await response.read())


Start: TypeAlias = Callable[[WebOptions], Awaitable[Site]]


@pytest.fixture
async def start(
    aiohttp_client: Callable[..., Awaitable[TestClient[Request, Application]]],
) -> Start:
    async def start_site(options: WebOptions) -> Site:
        memory = Memory()
        application = create_app(ConfigService(Everything(memory), overrides={}), options=options)
        server = TestServer(application)
        await server.start_server(max_line_size=MAX_LINE)
        client = await aiohttp_client(server)
        return Site(client, memory, application[FRONT].counters)

    return start_site


@pytest.fixture
async def ask(start: Start) -> Site:
    return await start(WebOptions(version="1.2.3"))
