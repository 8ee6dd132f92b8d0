"""The repositories that requests name through placeholders, as many as allowed."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from configserver.backends.git.mirrors.leftovers import Leftovers
from configserver.backends.git.places import remove
from configserver.backends.git.source import NAMED, Means
from configserver.backends.registry import Registry
from configserver.backends.tenancy import SnapshotTenant
from configserver.backends.tenants import Target
from configserver.settings.git import GitSettings
from configserver.settings.own import OwnSettings
from configserver.settings.repository import NestedGitSettings

PENDING = 64
"""First clones of such repositories, under way or in line."""

OneGit: TypeAlias = GitSettings | NestedGitSettings
Make: TypeAlias = Callable[[Target, OneGit], tuple[SnapshotTenant, str]]


class NamedRepositories:
    """Those that are open, and the mirrors of those that earlier runs have left.

    Args:
        own: the limits.
        means: where mirrors are, and the threads for disk work.
        make: makes what serves a URI; with the name of its mirror.

    Attributes:
        registry: those that are open.
    """

    def __init__(self, own: OwnSettings, means: Means, make: Make) -> None:
        self._means = means
        self._make = make
        self._owners: dict[str, OneGit] = {}
        self._left = Leftovers(
            means.state_dir / NAMED, max_count=own.max_mirrors, max_bytes=own.mirror_bytes
        )
        self.registry = Registry(
            self._tenant,
            max_count=own.max_mirrors,
            max_bytes=own.mirror_bytes,
            absent_seconds=own.absent_seconds,
            max_pending=PENDING,
        )

    def own(self, owner: str, git: OneGit) -> None:
        """Note whose settings hold for targets of an owner."""
        self._owners[owner] = git

    async def find_leftovers(self) -> None:
        """Look at what earlier runs have left, before anything is opened."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._means.pool, self._left.find)

    def _tenant(self, target: Target) -> SnapshotTenant:
        tenant, mirror = self._make(target, self._owners[target.owner])
        self._left.use(mirror)
        room = self.registry.room()
        for surplus in self._left.surplus(room.live, room.size):
            self._means.pool.submit(remove, surplus)
        return tenant
