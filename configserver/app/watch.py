"""From settings to those who watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from configserver.push.hub import Hub
from configserver.settings import Settings
from configserver.web.extensions import Extension
from configserver.web.options import WatchOptions
from configserver.web.watch import Watching
from configserver.web.watchers import Listing


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching adds to a server.

    Attributes:
        hub: what refreshes are published to; it has to `meet` who knows the answers, and to be
            closed as soon as the server listens no more.
        extensions: addresses.
    """

    hub: Hub
    extensions: tuple[Extension, ...]


@asynccontextmanager
async def open_watch(settings: Settings) -> AsyncIterator[Watch | None]:
    """Let clients watch until the context ends; None if that is switched off."""
    watch = settings.watch
    if not watch.enabled:
        yield None
        return
    hub = Hub(jitter=watch.jitter)
    extensions = [Watching(hub, watch_options(settings)).extension]
    if watch.admin:
        extensions.append(Listing(hub).extension)
    running = asyncio.create_task(hub.run())
    try:
        yield Watch(hub, tuple(extensions))
    finally:
        hub.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def watch_options(settings: Settings) -> WatchOptions:
    """Return how the addresses for watchers behave."""
    watch = settings.watch
    return WatchOptions(
        limit=watch.limit,
        per_address=watch.limit_per_address,
        heartbeat=watch.heartbeat,
        lifetime=watch.lifetime,
        retry=watch.retry,
        buffer=watch.buffer,
        slow=watch.slow,
    )
