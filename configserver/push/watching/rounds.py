"""Telling many watchers without holding up anybody else: some at a time, spread if wanted."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final

from configserver.push.watching.groups import Group, Watcher

AT_ONCE: Final = 250
"""Watchers that are told before others get their turn: some two milliseconds."""


class Rounds:
    """The groups that are being told.

    A group has one round at a time, and another one after it if something changed meanwhile; so
    changes that come faster than watchers can be told of them never pile up.

    Args:
        tell: tells one watcher, if it does not hold the newest state.
        jitter: seconds over which a round is spread, in random order.
        random: gives that order.
        clock: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        tell: Callable[[Group, Watcher], None],
        *,
        jitter: float,
        random: Random,
        clock: Callable[[], float],
    ) -> None:
        self._tell = tell
        self._jitter = jitter
        self._random = random
        self._clock = clock
        self._line: list[tuple[float, int, _Round]] = []
        self._numbers = count()
        self._woken = asyncio.Event()

    def begin(self, group: Group) -> None:
        """Tell the watchers of a group soon; returns at once."""
        if group.in_round:
            group.again = True
        elif group.watchers:
            group.in_round = True
            self._put(_Round(group, self._clock()))

    async def run(self) -> None:
        """Tell them, until cancelled."""
        while True:
            self._woken.clear()
            while self._line and self._line[0][0] <= self._clock():
                self._take_turn(heapq.heappop(self._line)[2])
                await asyncio.sleep(0)
            wait = self._line[0][0] - self._clock() if self._line else None
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _put(self, turn: "_Round") -> None:
        heapq.heappush(self._line, (turn.due, next(self._numbers), turn))
        self._woken.set()

    def _take_turn(self, turn: "_Round") -> None:
        """Tell some watchers of a round, and come back to the others later."""
        waiting = turn.opened(self._jitter, self._random)
        now = self._clock()
        for _ in range(AT_ONCE):
            if not waiting or turn.due > now:
                break
            self._tell(turn.group, waiting.pop())
            turn.due += turn.step
        if waiting:
            self._put(turn)
            return
        turn.group.in_round = False
        if turn.group.again:
            turn.group.again = False
            self.begin(turn.group)


class _Round:
    """Who of a group still has to be told, and when the next one is."""

    __slots__ = ("_waiting", "due", "group", "step")

    def __init__(self, group: Group, due: float) -> None:
        self.group = group
        self.due = due
        self.step = 0.0
        self._waiting: list[Watcher] | None = None

    def opened(self, jitter: float, random: Random) -> list[Watcher]:
        """Return those who are left."""
        if self._waiting is None:
            self._waiting = list(self.group.watchers)
            if jitter and self._waiting:
                random.shuffle(self._waiting)
                self.step = jitter / len(self._waiting)
        return self._waiting
