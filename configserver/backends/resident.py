"""A backend that stays the same while what it stands for is opened and closed."""

import math
from dataclasses import dataclass

from configserver.backends import Seen
from configserver.backends.registry import Registry
from configserver.backends.tenants import Target
from configserver.model import Environment, File
from configserver.query import Query


@dataclass(frozen=True, slots=True)
class Resident:
    """The backend of a target, whether its tenant is open at the moment or not."""

    registry: Registry
    target: Target

    def now(self) -> object | None:
        """See Backend."""
        tenant = self.registry.live(self.target)
        return None if tenant is None else tenant.now()

    async def sync(self) -> object:
        """See Backend.

        Raises:
            NoSuchRepository: there is no such repository.
            Unavailable: it was never reached, or too many are being cloned.
        """
        async with self.registry.lease(self.target) as tenant:
            return await tenant.sync()

    def seen(self) -> Seen:
        """See Backend."""
        tenant = self.registry.live(self.target)
        return Seen(math.inf) if tenant is None else tenant.seen()

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        async with self.registry.lease(self.target) as tenant:
            return await tenant.find(query)

    async def file(self, query: Query, path: str) -> File:
        """See Backend."""
        async with self.registry.lease(self.target) as tenant:
            return await tenant.file(query, path)
