"""The live backends of URIs with placeholders, which requests name."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

from cachetools import TTLCache

from configserver.backends.tenants import Entry, Room, Target, Tenant
from configserver.errors import BackendFailure, NoSuchRepository, Unavailable
from configserver.logs import get_logger
from configserver.secret import mask_uris

_log = get_logger(__name__)
_CLOSING = 30.0
"""Seconds that others may have to wait for a tenant's end."""


class Registry:
    """The live tenants, as many as allowed; for the event loop only.

    Who was not asked for the longest time goes first, and before all others those that were never
    reached. One that is being asked is never closed.

    Args:
        make: makes the tenant of a target, without opening it.
        max_count: tenants, those being closed included.
        max_bytes: of all mirrors; only the one that was asked last may be larger.
        absent_seconds: how long a name without a repository is not asked for again.
        max_absent: such names to remember.
        max_pending: first clones at a time.
        clock: seconds.
    """

    def __init__(  # noqa: PLR0913 - what an operator can set
        self,
        make: Callable[[Target], Tenant],
        *,
        max_count: int,
        max_bytes: int,
        absent_seconds: float,
        max_absent: int = 10_000,
        max_pending: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._max_pending = max_pending
        self._absent: TTLCache[Target, None] = TTLCache(max_absent, absent_seconds, timer=clock)
        self._entries: OrderedDict[Target, Entry] = OrderedDict()
        self._leaving: dict[Target, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all tenants; their mirrors stay on disk."""
        entries = list(self._entries.values())
        self._entries.clear()
        await asyncio.gather(
            *(_close(entry) for entry in entries), *self._leaving.values(), return_exceptions=True
        )

    def room(self) -> Room:
        """Say how much there is of what is limited."""
        return Room(
            live=len(self._entries),
            leaving=len(self._leaving),
            pending=self._pending(),
            absent=len(self._absent),
            size=self._size(),
        )

    def is_absent(self, target: Target) -> bool:
        """Say whether there was no such repository a while ago."""
        return target in self._absent

    def live(self, target: Target) -> Tenant | None:
        """Return a target's tenant if it is open; that counts as being asked."""
        entry = self._entries.get(target)
        if entry is None:
            return None
        self._entries.move_to_end(target)
        return entry.tenant

    def tenants(self) -> list[Tenant]:
        """Return all that are open; that does not count as being asked."""
        return [entry.tenant for entry in self._entries.values() if entry.tenant is not None]

    def peek(self, target: Target) -> Tenant | None:
        """Return a target's tenant if it is open; that does not count as being asked."""
        entry = self._entries.get(target)
        return None if entry is None else entry.tenant

    @asynccontextmanager
    async def lease(self, target: Target) -> AsyncIterator[Tenant]:
        """Open a target's tenant if need be, and keep it open within the context.

        Raises:
            NoSuchRepository: there is none, or was none a while ago.
            Unavailable: the limits do not allow another one now, or it was never reached.
        """
        if self.is_absent(target):
            raise _nothing(target)
        entry = self._entries.get(target) or self._admit(target)
        self._entries.move_to_end(target)
        entry.enter()
        try:
            tenant = await asyncio.shield(entry.opened)
            with self._learning(target, entry, tenant):
                yield tenant
        finally:
            entry.leave()
            self._trim()

    @contextmanager
    def _learning(self, target: Target, entry: Entry, tenant: Tenant) -> Iterator[None]:
        """Tell a repository that does not exist from one that cannot be reached."""
        try:
            yield
        except (NoSuchRepository, BackendFailure) as error:
            if tenant.absent:
                self._absent[target] = None
                self._retire(target, entry)
                raise _nothing(target) from None
            if not isinstance(error, NoSuchRepository):
                raise
            raise Unavailable(
                error.reason, hint=error.hint, repository=mask_uris(target.uri)
            ) from None

    def _admit(self, target: Target) -> Entry:
        """Make room and begin to open a tenant.

        Raises:
            Unavailable: the limits do not allow another one now.
        """
        if self._pending() >= self._max_pending:
            raise _full("too many repositories are being cloned", target)
        if len(self._entries) >= self._max_count and not self._evict():
            raise _full("too many repositories are in use", target)
        entry = Entry(asyncio.create_task(self._open(target)))
        self._entries[target] = entry
        entry.opened.add_done_callback(lambda done: self._opened(target, entry, done))
        return entry

    async def _open(self, target: Target) -> Tenant:
        while target in self._leaving or self._crowded():
            await asyncio.wait(self._leaving.values(), return_when=asyncio.FIRST_COMPLETED)
        tenant = self._make(target)
        return await tenant.__aenter__()

    def _crowded(self) -> bool:
        return bool(self._leaving) and len(self._entries) + len(self._leaving) > self._max_count

    def _opened(self, target: Target, entry: Entry, task: asyncio.Task[Tenant]) -> None:
        """Forget an entry that could not be opened: the next who asks tries again."""
        if (task.cancelled() or task.exception()) and self._entries.get(target) is entry:
            del self._entries[target]

    def _trim(self) -> None:
        while self._size() > self._max_bytes and len(self._entries) > 1:
            if not self._evict(keep_last=True):
                return

    def _evict(self, *, keep_last: bool = False) -> bool:
        """Let one go; return whether there was one that nobody is using."""
        entries = list(self._entries.items())[: -1 if keep_last else None]
        idle = [item for item in entries if not item[1].users and item[1].tenant is not None]
        known = [item for item in idle if not item[1].pending]
        chosen = next((item for item in known if item[1].failing), next(iter(known), None))
        if chosen is None:
            return False
        self._retire(*chosen)
        return True

    def _retire(self, target: Target, entry: Entry) -> None:
        """Close a tenant as soon as nobody uses it, and delete its mirror."""
        if self._entries.get(target) is not entry:
            return
        del self._entries[target]
        task = asyncio.create_task(_discard(target, entry))
        self._leaving[target] = task
        task.add_done_callback(lambda _: self._leaving.pop(target))

    def _pending(self) -> int:
        return sum(entry.pending for entry in self._entries.values())

    def _size(self) -> int:
        return sum(entry.tenant.size for entry in self._entries.values() if entry.tenant)


async def _close(entry: Entry) -> None:
    tenant = await entry.opened
    await tenant.__aexit__(None, None, None)


async def _discard(target: Target, entry: Entry) -> None:
    await entry.idle.wait()
    tenant = entry.tenant
    if tenant is None:
        return
    try:
        async with asyncio.timeout(_CLOSING):
            await tenant.discard()
    except Exception as error:  # noqa: BLE001 - whatever it is, others wait for the room
        _log.warning(
            "mirror cannot be removed",
            repository=mask_uris(target.uri),
            reason=type(error).__name__,
        )


def _nothing(target: Target) -> NoSuchRepository:
    return NoSuchRepository(
        "there is no such repository",
        hint="check the names that lead to it; a new one is found after a while",
        repository=mask_uris(target.uri),
    )


def _full(reason: str, target: Target) -> Unavailable:
    hint = "ask again in a few seconds; configserver.git.* limits repositories and clones"
    return Unavailable(reason, hint=hint, repository=mask_uris(target.uri))
