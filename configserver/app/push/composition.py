"""From settings to those who are told of changes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from configserver.app.backends import Opened, templates
from configserver.app.push.answering import ServiceAnswering
from configserver.app.push.watch import Watch, around_of, open_watch
from configserver.app.push.ways import (
    Prepared,
    Ways,
    open_replica_ways,
    open_ways,
    prepared,
    sharing_of,
)
from configserver.app.push.webhooks import monitor_of
from configserver.app.running import running
from configserver.backends.git.local import LocalSource
from configserver.backends.git.lock import acquire
from configserver.backends.sources import Refreshable
from configserver.backends.states import State
from configserver.model import Environment
from configserver.push import Audience, DoorState, Hint, Refresh, Relay
from configserver.push.claims.sharing import Sharing
from configserver.push.hints.closed import Unasked, closed
from configserver.push.hints.following import follow
from configserver.push.hints.looks import Looks
from configserver.push.interest.queries import Interest
from configserver.push.interest.saving import Saving
from configserver.push.refresher import Refresher
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.own import OwnSettings
from configserver.web.extensions import Extension, Handler
from configserver.web.push.callers import Ask

FILE: Final = "asked.jsonl"
"""Who asked, in the state directory."""


@dataclass(frozen=True, slots=True)
class Push:
    """What push adds to the web front.

    Attributes:
        extensions: addresses.
        asked: called with each environment that was made for a client, and what it was made of;
            None if nobody wants to know.
        close: to be called as soon as the server listens no more.
        around: see `configserver.web.create_app`.
        prepared: receivers of `on_response_prepare`.
        reports: returns how each way out is doing.
    """

    extensions: Sequence[Extension]
    asked: Callable[[Query, State, Environment], None] | None
    close: Callable[[], None]
    around: Callable[[Handler], Handler] | None
    prepared: Sequence[Prepared]
    reports: Callable[[], Sequence[DoorState]]


class Parts:
    """What the pieces of push enter while they are composed, see `open_push`.

    Attributes:
        sharing: with other replicas, None if there are none to share with.
        extensions: addresses.
        publishers: take refreshes for those who are not connected.
        relays: ways to other replicas, open.
        audience: those who are connected to this server, None if nobody can be.
        ask: takes note of who asks, None if nobody is called back.
        reports: return how the ways out are doing.
    """

    def __init__(self, sharing: Sharing | None = None) -> None:
        self.sharing = sharing
        self.extensions: list[Extension] = []
        self.publishers: list[Callable[[Refresh], None]] = []
        self.relays: list[Relay] = []
        self.audience: Audience | None = None
        self.ask: Ask | None = None
        self.reports: list[Callable[[], Sequence[DoorState]]] = []

    def enter(self, ways: Ways) -> None:
        """Add ways to others."""
        self.extensions += ways.extensions
        if ways.publish is not None:
            self.publishers.append(ways.publish)
        self.relays += ways.relays
        self.ask = self.ask or ways.ask
        self.reports.append(ways.reports)

    def publish(self, refresh: Refresh) -> None:
        """Hand a refresh to everybody."""
        if self.audience is not None:
            self.audience.publish(refresh)
        for publish in self.publishers:
            publish(refresh)

    def relay(self, hint: Hint) -> None:
        """Pass a hint on to all other replicas."""
        for relay in self.relays:
            relay.relay(hint)

    def watched(self) -> Iterable[Query]:
        """Return what somebody waits for at this moment."""
        return self.audience.queries() if self.audience is not None else ()

    def wanted(self) -> bool:
        """Say whether there is anybody to be told."""
        return bool(self.publishers) or any(True for _ in self.watched())


@asynccontextmanager
async def open_push(
    settings: Settings, service: ConfigService, place: Opened
) -> AsyncIterator[Push]:
    """Open what the settings name until the context ends.

    Raises:
        SettingsError: a door that lacks what it needs.
    """
    async with AsyncExitStack() as stack:
        parts = Parts(sharing_of(settings))
        interest = Interest(settings.push.max_queries, settings.push.memory)
        refresher = _refresher(settings, service, place, interest, parts)
        watch = await _enter(stack, settings, parts, refresher)
        remembers = (
            bool(parts.publishers) if settings.push.enabled is None else settings.push.enabled
        )
        if remembers:
            await _enter_saving(stack, settings, place, interest)
        await stack.enter_async_context(refresher)
        place.bell.listen, place.bell.wanted = refresher.hear, parts.wanted
        replicas = open_replica_ways(settings, refresher, parts.sharing)
        parts.enter(await stack.enter_async_context(replicas))
        await stack.enter_async_context(_following(service, place, parts, refresher))
        if len(interest):
            refresher.compare_all()
        yield Push(
            tuple(parts.extensions),
            refresher.asked if remembers else None,
            _nothing if watch is None else watch.hub.close,
            None if watch is None else around_of(settings, watch, parts.extensions),
            prepared(settings, parts.ask, parts.extensions),
            lambda: [state for report in parts.reports for state in report()],
        )


def _refresher(
    settings: Settings, service: ConfigService, place: Opened, interest: Interest, parts: Parts
) -> Refresher:
    answering = ServiceAnswering(service)
    unasked = [Unasked((uri,)) for uri in templates(settings)]
    return Refresher(
        answering,
        interest,
        looks=Looks(lambda: _sources(place), lambda: [*closed(answering, interest), *unasked]),
        relay=parts.relay,
        publish=parts.publish,
        watched=parts.watched,
        max_queries=settings.push.max_queries,
        at_once=settings.push.concurrency,
        # Where no hash may be kept, commits tell after a restart what changed meanwhile.
        spares=not _has_secrets(settings),
    )


async def _enter(
    stack: AsyncExitStack, settings: Settings, parts: Parts, refresher: Refresher
) -> Watch | None:
    """Open all ways in and out; return that of those who are connected."""
    if monitor := monitor_of(settings, refresher):
        parts.extensions.append(monitor)
    ways = open_ways(settings, refresher, parts.sharing)
    parts.enter(await stack.enter_async_context(ways))
    watch = await stack.enter_async_context(open_watch(settings))
    if watch is not None:
        watch.hub.meet(refresher)
        parts.audience = watch.hub
        parts.extensions += watch.extensions
    return watch


def _following(
    service: ConfigService, place: Opened, parts: Parts, refresher: Refresher
) -> AbstractAsyncContextManager[None]:
    """Look at what nobody else looks at in the background."""
    return running(
        follow(
            lambda: [one for one in _sources(place) if isinstance(one, LocalSource)],
            wanted=parts.wanted,
            epoch=lambda: service.epoch,
            renewed=refresher.compare_all,
        )
    )


def _sources(place: Opened) -> list[Refreshable]:
    return [*place.fixed, *(tenant.source for tenant in place.registry.tenants())]


async def _enter_saving(
    stack: AsyncExitStack, settings: Settings, place: Opened, interest: Interest
) -> None:
    """Take those who asked before into the interest, and keep them, if there is a place for it."""
    path = await _file(settings, place, stack)
    if path is not None:
        tags, most = not _has_secrets(settings), settings.push.max_queries
        await stack.enter_async_context(Saving(interest, path, tags=tags, most=most))


async def _file(settings: Settings, place: Opened, stack: AsyncExitStack) -> Path | None:
    """Return where those who asked are kept; None if nothing may be, or another server does."""
    if place.state_dir is not None:
        return place.state_dir / FILE
    state_dir = settings.own.state_dir
    if place.has_remotes or state_dir == OwnSettings().state_dir:
        return None
    lock = await asyncio.to_thread(acquire, state_dir)
    if lock is None:
        return None
    stack.enter_context(lock)
    return state_dir / FILE


def _has_secrets(settings: Settings) -> bool:
    """Say whether there is plain text in answers that is in no repository."""
    return settings.has_keys or settings.sops.is_set


def _nothing() -> None:
    """Do nothing: nobody is connected."""
