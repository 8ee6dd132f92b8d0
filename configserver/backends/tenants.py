"""What a registry holds: backends that are opened when asked for and closed for others."""

import asyncio
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from configserver.backends import Backend
from configserver.backends.sources import Refreshable
from configserver.query import Query


class Target(NamedTuple):
    """What a tenant is made for.

    Attributes:
        owner: the repository of the settings whose URI has the placeholders, such as
            `git.repos.team`; two of them may lead to one URI with different settings.
        uri: the URI without placeholders, credentials included.
    """

    owner: str
    uri: str


class Tenant(Backend, Protocol):
    """A backend that is opened when it is asked for and closed when others need the room."""

    async def __aenter__(self) -> Self:
        """Open it, without waiting for the network."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it; a mirror stays on disk."""

    def ready(self) -> bool:
        """Say at once whether something can be served."""

    @property
    def source(self) -> Refreshable:
        """What serves it, as bells name it."""

    def mark(self, query: Query) -> object | None:
        """Return at once what changes whenever the answer to a query may; None without any."""

    @property
    def cloning(self) -> bool:
        """Whether nothing is served yet, and the first attempt to get something is under way."""

    @property
    def absent(self) -> bool:
        """Whether the last look said that there is no such repository, and nothing is served."""

    @property
    def size(self) -> int:
        """Bytes that it takes on disk, as known without looking; 0 for what is read in place."""

    async def discard(self) -> None:
        """Close it and delete its mirror; what is read in place stays as it is."""


class Room(NamedTuple):
    """How much there is of everything that is limited.

    Attributes:
        live: tenants that are open or being opened.
        leaving: tenants that are being closed.
        pending: first clones under way.
        absent: names that are known to lead nowhere.
        size: bytes of mirrors.
    """

    live: int
    leaving: int
    pending: int
    absent: int
    size: int


class Entry:
    """A tenant and how many use it.

    Attributes:
        opened: opens the tenant.
        users: how many requests are using it.
        idle: set while there are none.
    """

    __slots__ = ("idle", "opened", "users")

    def __init__(self, opened: asyncio.Task[Tenant]) -> None:
        self.opened = opened
        self.users = 0
        self.idle = asyncio.Event()
        self.idle.set()

    def enter(self) -> None:
        """Count a user."""
        self.users += 1
        self.idle.clear()

    def leave(self) -> None:
        """Count a user off."""
        self.users -= 1
        if not self.users:
            self.idle.set()

    @property
    def tenant(self) -> Tenant | None:
        """The tenant once it is open."""
        if not self.opened.done() or self.opened.cancelled() or self.opened.exception():
            return None
        return self.opened.result()

    @property
    def pending(self) -> bool:
        """Whether its first clone is under way."""
        tenant = self.tenant
        return tenant is None or tenant.cloning

    @property
    def failing(self) -> bool:
        """Whether there is nothing to serve yet, because the last attempt failed."""
        tenant = self.tenant
        return tenant is not None and not tenant.ready() and not tenant.cloning
