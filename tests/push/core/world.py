"""A server without HTTP, on real repositories, and what its refresher publishes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from configserver.app.backends import Opened, opened
from configserver.app.push.answering import ServiceAnswering
from configserver.backends.looking import without_looking
from configserver.decryption import Decryption
from configserver.errors import ConfigError
from configserver.model import Environment
from configserver.push import Change, Hint, Refresh
from configserver.push.hints.closed import closed
from configserver.push.hints.looks import Looks
from configserver.push.interest.queries import Interest
from configserver.push.interest.saving import Saving
from configserver.push.refresher import Refresher
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.git import GitSettings


@dataclass
class Relayed:
    """Another replica that only takes notes."""

    hints: list[Hint] = field(default_factory=list)
    name = "replica"

    def relay(self, hint: Hint) -> None:
        self.hints.append(hint)


@dataclass
class World:
    """What a test sees and does."""

    place: Opened
    service: ConfigService
    answering: ServiceAnswering
    interest: Interest
    refresher: Refresher
    published: list[Refresh]
    relayed: Relayed
    watched: list[Query]

    async def asks(self, *queries: Query) -> None:
        """Let clients ask, as the web front does, and wait until they are known."""
        for query in queries:
            visit = await self.service.visit(query)
            self.refresher.asked(query, visit.state, await visit.environment())
        await until(lambda: all(self.interest.get(query) for query in queries))

    async def watches(self, *queries: Query) -> None:
        """Let somebody watch, as the hub does."""
        for query in queries:
            self.watched.append(query)
            await self.refresher.state(query)

    async def look(self, *, quiet: float = 0.0) -> list[Change]:
        """Look at everything; return what was published until nothing is left to compare.

        Args:
            quiet: seconds to wait for what may come although nothing should.
        """
        first = len(self.published)
        self.refresher.hint(Hint(origin="test"))
        await self.settled()
        await asyncio.sleep(quiet)
        return [change for refresh in self.published[first:] for change in refresh.changes]

    async def settled(self) -> None:
        """Wait until looks and comparisons have ended."""
        await until(lambda: not self.refresher.busy)

    async def answer(self, query: Query) -> Environment | None:
        """Return what is served, None for an error."""
        try:
            with without_looking():
                return await self.service.environment(query)
        except ConfigError:
            return None


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - whatever it is, nobody sets an event for it
            await asyncio.sleep(0.002)


@asynccontextmanager
async def world(
    settings: Settings,
    *,
    file: Path | None = None,
    watched: Iterable[Query] = (),
    decryption: Decryption | None = None,
) -> AsyncIterator[World]:
    """Open a server; `file` is where those who asked are kept."""
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(opened(settings, alone=False))
        serving = settings.serving
        service = ConfigService(
            place.router,
            overrides=serving.overrides,
            accept_empty=serving.accept_empty,
            decryption=decryption,
        )
        interest = Interest(settings.push.max_queries, settings.push.memory)
        answering, relayed = ServiceAnswering(service), Relayed()
        published: list[Refresh] = []
        watchers = list(watched)
        refresher = Refresher(
            answering,
            interest,
            looks=Looks(
                lambda: [*place.fixed, *(one.source for one in place.registry.tenants())],
                lambda: closed(answering, interest),
            ),
            relay=relayed.relay,
            publish=published.append,
            watched=lambda: tuple(watchers),
        )
        if file is not None:
            await stack.enter_async_context(
                Saving(interest, file, tags=True, most=20_000, pause=0.05)
            )
        await stack.enter_async_context(refresher)
        place.bell.listen = refresher.hear
        if len(interest):
            refresher.compare_all()
        yield World(place, service, answering, interest, refresher, published, relayed, watchers)


def git_settings(uri: str | Path, **others: object) -> Settings:
    """Return the settings of a server with one repository."""
    where = uri.as_uri() if isinstance(uri, Path) else uri
    return Settings(git=GitSettings(uri=where, **others))  # type: ignore[arg-type]


def keys_of(changes: Sequence[Change]) -> dict[Query, tuple[str, ...] | None]:
    """Return what changed for whom; each must be told once."""
    found = {change.query: change.keys for change in changes}
    assert len(found) == len(changes)
    return found
