"""Many doors of one kind, of which a refresh opens those it concerns; gently, if so set."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, Self

from configserver.push import Door, DoorState, Refresh
from configserver.push.delivery.door import Delivery
from configserver.push.delivery.merging import merge
from configserver.push.delivery.pace import AT_ONCE, Pace, pause


class Target(Door, Protocol):
    """A door for some refreshes only."""

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        """Return as much of a refresh as is for this door, None if nothing is."""


class Targets(Protocol):
    """Who may be told; opened and closed with the fan as an asynchronous context manager."""

    def concerned(self, refresh: Refresh) -> Iterable[tuple[Delivery, Refresh]]:
        """Return those whom a refresh concerns, each with as much of it as does."""

    def deliveries(self) -> Iterable[Delivery]:
        """Return all there are."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


class Fixed:
    """Targets that are there from the start to the end."""

    def __init__(self, targets: Iterable[tuple[Target, Delivery]]) -> None:
        self._targets = tuple(targets)

    def concerned(self, refresh: Refresh) -> Iterable[tuple[Delivery, Refresh]]:
        """See Targets."""
        for target, delivery in self._targets:
            if part := target.narrowed(refresh):
                yield delivery, part

    def deliveries(self) -> Iterable[Delivery]:
        """See Targets."""
        return (delivery for _, delivery in self._targets)

    async def __aenter__(self) -> Self:
        """Open all doors."""
        await asyncio.gather(*(delivery.__aenter__() for delivery in self.deliveries()))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all doors, at the same time."""
        await asyncio.gather(*(delivery.__aexit__() for delivery in self.deliveries()))


class Fan:
    """Hands a refresh to those it concerns, in batches.

    Whoever is still to be told when the next refresh comes is told of both at once.

    Args:
        name: for health.
        targets: who may be told.
        pace: how fast.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        name: str,
        targets: Targets,
        *,
        pace: Pace = AT_ONCE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._targets = targets
        self._pace = pace
        self._sleep = sleep
        self._due: dict[Delivery, Refresh] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the targets."""
        await self._targets.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hand out the rest at once, and close the targets."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._hand_out(len(self._due))
        await self._targets.__aexit__()

    def offer(self, refresh: Refresh) -> None:
        """See Outlet."""
        for delivery, part in self._targets.concerned(refresh):
            before = self._due.get(delivery)
            self._due[delivery] = merge(before, part) if before else part
        if not self._pace.batch:
            self._hand_out(len(self._due))
        elif self._due and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._spread())

    def report(self) -> DoorState:
        """Return the state of all of them together, with the reason of one that fails."""
        states = [delivery.report() for delivery in self._targets.deliveries()]
        failing = [state for state in states if not state.up]
        reason = f"{failing[0].name}: {failing[0].reason}" if failing else None
        if len(failing) > 1:
            reason = f"{reason} (and {len(failing) - 1} more of {len(states)})"
        return DoorState(
            name=self._name,
            up=not failing,
            delivered=sum(state.delivered for state in states),
            failed=sum(state.failed for state in states),
            waiting=sum(state.waiting for state in states) + len(self._due),
            reason=reason,
        )

    async def _spread(self) -> None:
        while self._due:
            self._hand_out(self._pace.batch)
            await self._sleep(pause(self._pace, random.random))

    def _hand_out(self, size: int) -> None:
        for delivery in list(self._due)[:size]:
            delivery.offer(self._due.pop(delivery))
