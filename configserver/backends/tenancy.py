"""Repositories as tenants of a registry."""

import math
from concurrent.futures import Executor
from typing import Protocol

from configserver.backends.answers import Memory
from configserver.backends.git.report import Report
from configserver.backends.layouts import Layout
from configserver.backends.moments import BEFORE
from configserver.backends.snapshots import SnapshotBackend
from configserver.backends.sources import Refreshable, SnapshotSource
from configserver.formats.cache import DocumentCache


class TenantSource(SnapshotSource, Refreshable, Protocol):
    """A source whose place can be given up."""

    def ready(self) -> bool:
        """See Tenant."""

    def report(self) -> Report:
        """Say at once all that is known."""

    @property
    def absent(self) -> bool:
        """See Tenant."""

    @property
    def size(self) -> int:
        """See Tenant."""

    async def discard(self) -> None:
        """See Tenant."""


class SnapshotTenant(SnapshotBackend):
    """A SnapshotBackend that a registry may open and close; arguments as there."""

    def __init__(
        self,
        source: TenantSource,
        *,
        layout: Layout,
        documents: DocumentCache,
        pool: Executor,
        memory: Memory,
    ) -> None:
        super().__init__(source, layout=layout, documents=documents, pool=pool, memory=memory)
        self._place = source

    def ready(self) -> bool:
        """See Tenant."""
        return self._place.ready()

    @property
    def source(self) -> Refreshable:
        """See Tenant."""
        return self._place

    @property
    def cloning(self) -> bool:
        """See Tenant; a repository on this machine is never cloned."""
        return not (self._place.ready() or self._place.report().failures) and math.isinf(
            self._place.seen().age
        )

    @property
    def absent(self) -> bool:
        """See Tenant."""
        return self._place.absent

    @property
    def size(self) -> int:
        """See Tenant."""
        return self._place.size

    async def discard(self) -> None:
        """See Tenant."""
        await self._flights.close()
        self._enter(BEFORE)
        await self._place.discard()
