"""From settings to those who watch."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from configserver.app.running import running
from configserver.logs import get_logger
from configserver.push.watching.hub import Hub
from configserver.settings import Settings
from configserver.settings.watch import WatchSettings
from configserver.web.extensions import Extension, Handler
from configserver.web.options import WatchOptions
from configserver.web.push.asking import Asking
from configserver.web.push.configstate import ConfigStates
from configserver.web.push.watch import Watching
from configserver.web.push.watchers import Listing

RESERVE: Final = 512
"""Open files that watchers leave to readers, repositories and brokers."""

_logger = get_logger("configserver.push")


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching adds to a server.

    Attributes:
        hub: what refreshes are published to; it has to `meet` who knows the answers, and to be
            closed as soon as the server listens no more.
        options: how its addresses behave.
        extensions: addresses.
    """

    hub: Hub
    options: WatchOptions
    extensions: tuple[Extension, ...]


@asynccontextmanager
async def open_watch(settings: Settings) -> AsyncIterator[Watch | None]:
    """Let clients watch until the context ends; None if that is switched off."""
    watch = settings.watch
    if not watch.enabled:
        yield None
        return
    hub = Hub(jitter=watch.jitter)
    options = watch_options(settings)
    extensions = [Watching(hub, options).extension]
    if watch.admin:
        extensions.append(Listing(hub).extension)
    async with running(hub.run()):
        try:
            yield Watch(hub, options, tuple(extensions))
        finally:
            hub.close()


def around_of(
    settings: Settings, watch: Watch, extensions: Sequence[Extension]
) -> Callable[[Handler], Handler] | None:
    """Return what lets requests with `X-Config-State` wait; None if they are as all others."""
    if not settings.watch.config_state:
        return None
    routes = [route for extension in extensions for route in extension.routes]
    asking = Asking(prefix=settings.serving.prefix, extensions=routes)
    hub, options = watch.hub, watch.options
    return lambda handler: ConfigStates(handler, hub, asking=asking, options=options).handle


def watch_options(settings: Settings) -> WatchOptions:
    """Return how the addresses for watchers behave; as many as the system has room for."""
    watch = settings.watch
    return WatchOptions(
        limit=_limited(watch.limit, _open_files()),
        per_address=watch.limit_per_address,
        heartbeat=watch.heartbeat,
        lifetime=watch.lifetime,
        retry=watch.retry,
        buffer=watch.buffer,
        slow=watch.slow,
        config_state_wait=watch.config_state_wait,
    )


def _limited(limit: int, files: int) -> int:
    """Return how many may watch without taking from readers the files that they need.

    Who asked for more is warned; the default is as many as there is room for.
    """
    room = max(files - RESERVE, files // 2)
    if limit > room and limit != WatchSettings().limit:
        _logger.warning("fewer watchers than set: open files are limited", limit=room, set=limit)
    return min(limit, room)


def _open_files() -> int:
    """Return how many files the process may have open, after asking for as many as there may be."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
