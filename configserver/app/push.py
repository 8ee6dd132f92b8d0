"""From settings to those who are told of changes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from configserver.app.backends import Opened
from configserver.app.watch import open_watch
from configserver.model import Environment
from configserver.push import Audience, Door, Hints, Knowledge, Relay
from configserver.push.hub import Hub
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.web.extensions import Extension


@dataclass(frozen=True, slots=True)
class Push:
    """What push adds to the web front.

    Attributes:
        extensions: addresses.
        asked: called with each environment that was resolved, and the generation it was made of;
            None if nobody wants to know.
        endings: to be called when the server listens no more, before requests under way end.
    """

    extensions: Sequence[Extension] = ()
    asked: Callable[[Query, object, Environment], None] | None = None
    endings: Sequence[Callable[[], None]] = ()


class Parts:
    """What the pieces of push enter while they are composed; see `open_push`.

    Attributes:
        extensions: addresses.
        doors: ways out, open, each behind its delivery.
        relays: ways to other replicas.
        audience: those who are connected to this server, None if there is no hub.
        endings: called when the server listens no more; they end what would never end by itself.
    """

    def __init__(self) -> None:
        self.extensions: list[Extension] = []
        self.doors: list[Door] = []
        self.relays: list[Relay] = []
        self.audience: Audience | None = None
        self.endings: list[Callable[[], None]] = []


@asynccontextmanager
async def open_push(
    settings: Settings, service: ConfigService, place: Opened
) -> AsyncIterator[Push]:
    """Open what the settings name until the context ends.

    Raises:
        SettingsError: a door that lacks what it needs.
    """
    async with AsyncExitStack() as stack:
        _ = service, place
        parts = Parts()
        await _enter_hub(stack, parts, settings)
        await _enter_doors(stack, parts, settings)
        # Here the refresher comes: it publishes to the hub and the doors, and takes hints.
        yield Push(tuple(parts.extensions), endings=tuple(parts.endings))


async def _enter_hub(stack: AsyncExitStack, parts: Parts, settings: Settings) -> None:
    """Enter the hub and the addresses of watchers: `parts.audience`, `parts.extensions`."""
    watch = await stack.enter_async_context(open_watch(settings))
    if watch is not None:
        parts.audience = watch.hub
        parts.extensions += watch.extensions
        parts.endings.append(watch.hub.close)


async def _enter_doors(stack: AsyncExitStack, parts: Parts, settings: Settings) -> None:
    """Enter the doors and relays that are set up: `parts.doors`, `parts.relays`."""


def _enter_webhooks(parts: Parts, settings: Settings, hints: Hints) -> None:
    """Enter the addresses of webhooks."""


def _meet(parts: Parts, knowledge: Knowledge) -> None:
    """Let the hub ask what is known of a query."""
    if isinstance(parts.audience, Hub):
        parts.audience.meet(knowledge)
