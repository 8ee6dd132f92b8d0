"""Many doors of one kind, of which a refresh opens those it concerns; gently, if so set."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, Self

from configserver.push import DoorState, Refresh
from configserver.push.claims.keys import Key
from configserver.push.claims.sharing import PartyDoor, Sharing
from configserver.push.claims.turns import Share, Turns
from configserver.push.delivery.door import Delivery
from configserver.push.delivery.merging import merge
from configserver.push.delivery.pace import AT_ONCE, Pace, pause


class Target(PartyDoor, Protocol):
    """A door for some refreshes only."""

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        """Return as much of a refresh as is for this door, None if nothing is."""


class Targets(Protocol):
    """Who may be told; opened and closed with the fan as an asynchronous context manager."""

    def concerned(self, refresh: Refresh) -> Iterable[Share[Delivery]]:
        """Return those whom a refresh concerns, each with as much of it as does."""

    def deliveries(self) -> Iterable[Delivery]:
        """Return all there are."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


class Fixed:
    """Targets that are there from the start to the end."""

    def __init__(self, targets: Iterable[tuple[Target, Delivery]]) -> None:
        self._targets = tuple(targets)

    def concerned(self, refresh: Refresh) -> Iterable[Share[Delivery]]:
        """See Targets."""
        for target, delivery in self._targets:
            if part := target.narrowed(refresh):
                yield Share(delivery, target.party, part)

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
        sharing: with other replicas, so that one of them tells; None if there are none.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        name: str,
        targets: Targets,
        *,
        pace: Pace = AT_ONCE,
        sharing: Sharing | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._targets = targets
        self._pace = pace
        self._sleep = sleep
        self._due: dict[Delivery, Share[Delivery]] = {}
        self._task: asyncio.Task[None] | None = None
        self._sharing = sharing
        self._turns: Turns[Delivery] | None = sharing.turns(self._decide) if sharing else None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Open the targets."""
        await self._targets.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hand out the rest at once, and close the targets."""
        if self._timer is not None:
            self._timer.cancel()
        if self._turns is not None:
            self._enter(self._turns.rest())
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._hand_out(len(self._due))
        await self._targets.__aexit__()

    def offer(self, refresh: Refresh) -> None:
        """See Outlet."""
        shares = self._targets.concerned(refresh)
        if self._turns is None or self._sharing is None:
            self._enter(shares)
        elif shares := list(shares):
            self._sharing.say(self._turns.take(shares))
            self._wait()

    def _wait(self) -> None:
        """Wait until it is somebody's turn."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._turns is not None and (seconds := self._turns.wait) is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._take_turns)

    def _take_turns(self) -> None:
        if self._turns is not None:
            self._enter(self._turns.due())
        self._wait()

    def _decide(self, keys: Iterable[Key]) -> None:
        if self._turns:
            self._turns.decide(keys)
            self._wait()

    def _enter(self, shares: Iterable[Share[Delivery]]) -> None:
        for share in shares:
            before = self._due.get(share.line)
            part = merge(before.part, share.part) if before else share.part
            self._due[share.line] = share._replace(part=part)
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
            waiting=sum((len(self._due), len(self._turns or ()), *(one.waiting for one in states))),
            reason=reason,
        )

    async def _spread(self) -> None:
        while self._due:
            self._hand_out(self._pace.batch)
            await self._sleep(pause(self._pace, random.random))

    def _hand_out(self, size: int) -> None:
        for delivery in list(self._due)[:size]:
            share: Share[Delivery] | None = self._due.pop(delivery)
            if share and self._turns is not None:
                share = self._turns.left(share)
            if share:
                delivery.offer(share.part)
