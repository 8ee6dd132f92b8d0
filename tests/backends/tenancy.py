"""Backends in memory that come and go, and count."""

import asyncio
import math
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from configserver.backends import Seen
from configserver.backends.tenants import Target
from configserver.errors import (
    BackendFailure,
    ConfigError,
    NoSuchFile,
    NoSuchLabel,
    NoSuchRepository,
)
from configserver.model import Environment, File, PropertySource
from configserver.query import Query


@dataclass
class World:
    """What there is on the remotes, and what was done with their backends.

    Attributes:
        there: URIs of repositories that exist; None for all.
        down: URIs that cannot be reached.
        slow: cleared while clones and closings take their time.
        sizes: bytes of mirrors.
        live: tenants that are open, by URI.
    """

    there: set[str] | None = None
    down: set[str] = field(default_factory=set)
    slow: asyncio.Event = field(default_factory=asyncio.Event)
    sizes: dict[str, int] = field(default_factory=dict)
    live: Counter[str] = field(default_factory=Counter)
    most: int = 0
    asked: int = 0
    made: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slow.set()

    def make(self, target: Target) -> "Hut":
        self.made.append(target.uri)
        return Hut(self, target.uri)


class Hut:
    """A tenant of a world; see Tenant."""

    def __init__(self, world: World, uri: str) -> None:
        self._world = world
        self._uri = uri
        self._generation: object | None = None
        self._failed = False
        self.using = 0
        self.absent = False

    async def __aenter__(self) -> Self:
        self._world.live[self._uri] += 1
        self._world.most = max(self._world.most, self._world.live.total())
        assert self._world.live[self._uri] == 1, "opened twice"
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._world.closed.append(self._uri)
        await self._end()

    @property
    def source(self) -> Self:
        return self

    @property
    def uris(self) -> tuple[str, ...]:
        return (self._uri,)

    async def refresh(self) -> object:
        return await self.sync()

    def mark(self, query: Query) -> object | None:
        return query.label, self._generation

    async def discard(self) -> None:
        self._world.discarded.append(self._uri)
        await self._end()

    async def _end(self) -> None:
        assert not self.using, "closed while it is used"
        await self._world.slow.wait()
        self._world.live -= Counter([self._uri])

    def ready(self) -> bool:
        return self._generation is not None

    @property
    def cloning(self) -> bool:
        return self._generation is None and not self._failed

    @property
    def size(self) -> int:
        return self._world.sizes.get(self._uri, 1) if self._generation else 0

    def now(self) -> object | None:
        return self._generation

    def seen(self) -> Seen:
        return Seen(0.0 if self._generation else math.inf, self._failed)

    async def sync(self) -> object:
        self.using += 1
        try:
            return await self._look()
        finally:
            self.using -= 1

    async def _look(self) -> object:
        if self._generation is not None:
            return self._generation
        self._world.asked += 1
        await asyncio.sleep(0)
        await self._world.slow.wait()
        if self._uri in self._world.down:
            self._failed = True
            raise NoSuchRepository("the remote was never reached", hint="wait")
        if self._world.there is not None and self._uri not in self._world.there:
            self._failed = self.absent = True
            raise BackendFailure("404")
        self._failed, self._generation = False, object()
        return self._generation

    async def find(self, query: Query) -> Environment:
        await self.sync()
        self.using += 1
        await asyncio.sleep(0)
        self.using -= 1
        source = PropertySource(f"{self._uri}/application.yml", {"a": 1})
        return Environment(query.name, query.profiles, query.label, "id", "", (source,))

    async def file(self, query: Query, path: str) -> File:
        await self.find(query)
        return File(path, self._uri.encode(), "id", None)


@dataclass
class Hall:
    """A backend in memory with one set of files per label; errors may stand for answers.

    Attributes:
        name: its masked URI.
        labels: what is found under a label, `main` if none is asked for.
        files: plain files, of all labels.
        trouble: what it fails with as a whole.
    """

    name: str
    labels: dict[str, ConfigError | dict[str, int]]
    files: dict[str, bytes] = field(default_factory=dict)
    trouble: ConfigError | None = None
    generation: object = field(default_factory=object)
    fresh: Seen = field(default_factory=Seen)
    known: bool = True

    def now(self) -> object | None:
        return self.generation if self.known and self.trouble is None else None

    async def sync(self) -> object:
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        self.known = True
        return self.generation

    def seen(self) -> Seen:
        return self.fresh

    async def find(self, query: Query) -> Environment:
        await self.sync()
        found = [self._under(label) for label in query.labels or ["main"]]
        sources = tuple(
            PropertySource(f"{self.name}/{path}", {"a": value}, path=path)
            for one in reversed(found)
            for path, value in one.items()
        )
        version = ",".join(f"{self.name}@{label}" for label in query.labels or ["main"])
        return Environment(query.name, query.profiles, query.label, version, "", sources)

    async def file(self, query: Query, path: str) -> File:
        await self.sync()
        self._under(query.label or "main")
        if path not in self.files:
            raise NoSuchFile("there is no such file", path=path)
        return File(path, self.files[path], self.name, None)

    def _under(self, label: str) -> dict[str, int]:
        found = self.labels.get(label, NoSuchLabel("no such label", repository=self.name))
        if isinstance(found, ConfigError):
            raise found
        return found
