"""One door that reaches many: applications are told in batches, with pauses between them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Self

from configserver.push import Change, DoorState, Refresh
from configserver.push.delivery.door import Outlet
from configserver.push.delivery.merging import merge
from configserver.push.delivery.pace import Pace, pause


class Paced:
    """Hands a refresh on to an outlet, some applications at a time.

    An application that is still to be told when the next refresh comes is told of both at once.

    Args:
        outlet: what is handed the parts; opened and closed with this.
        pace: how fast; with a batch.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        outlet: Outlet,
        pace: Pace,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._outlet = outlet
        self._pace = pace
        self._sleep = sleep
        self._due: dict[str, Refresh] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the outlet."""
        await self._outlet.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hand on the rest at once, and close the outlet."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._hand_on(len(self._due))
        await self._outlet.__aexit__()

    def offer(self, refresh: Refresh) -> None:
        """See Outlet."""
        for application, part in _by_application(refresh):
            before = self._due.get(application)
            self._due[application] = merge(before, part) if before else part
        if self._due and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._spread())

    def report(self) -> DoorState:
        """Return the state of the outlet, with what is not handed on yet as waiting."""
        state = self._outlet.report()
        return replace(state, waiting=state.waiting + bool(self._due))

    async def _spread(self) -> None:
        while self._due:
            self._hand_on(self._pace.batch)
            await self._sleep(pause(self._pace, random.random))

    def _hand_on(self, size: int) -> None:
        names = list(self._due)[:size]
        if names:
            self._outlet.offer(reduce(merge, [self._due.pop(name) for name in names]))


def _by_application(refresh: Refresh) -> Iterator[tuple[str, Refresh]]:
    """Yield what a refresh says of each application, those that were asked for first."""
    changes: dict[str, list[Change]] = {}
    for change in refresh.changes:
        changes.setdefault(change.query.name, []).append(change)
    guessed = dict.fromkeys(refresh.applications)
    for name in dict.fromkeys((*changes, *guessed)):
        applications = (name,) if name in guessed else ()
        mine = tuple(changes.get(name, ()))
        yield name, replace(refresh, changes=mine, applications=applications)
