"""Everything that refreshes are offered to, beside the hub's watchers."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

from configserver.push import DoorState, Refresh
from configserver.push.delivery.door import Outlet


class Deliveries:
    """All outlets of a server, opened and closed together.

    Args:
        outlets: where every refresh goes.
    """

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self._outlets = tuple(outlets)
        self._stacks: list[AsyncExitStack] = []

    def publish(self, refresh: Refresh) -> None:
        """Offer a refresh to every outlet; returns at once."""
        for outlet in self._outlets:
            outlet.offer(refresh)

    def reports(self) -> tuple[DoorState, ...]:
        """Return how each of them is doing."""
        return tuple(outlet.report() for outlet in self._outlets)

    async def __aenter__(self) -> Self:
        """Open all of them; none waits for another side to be there."""
        try:
            for outlet in self._outlets:
                stack = AsyncExitStack()
                await stack.enter_async_context(outlet)
                self._stacks.append(stack)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all of them at the same time, each within its own limit."""
        await asyncio.gather(*(stack.aclose() for stack in self._stacks))
        self._stacks.clear()
