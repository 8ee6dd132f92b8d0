"""Learning who asks, beside the requests."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from configserver.model import Environment
from configserver.push.comparison.answering import Answering, known, outcomes
from configserver.push.comparison.hashing import Hashing
from configserver.push.interest.queries import Interest, Known
from configserver.query import Query

_AT_ONCE: Final = 16
"""Queries that are hashed in one go."""

_HELD: Final = 500
"""Answers that are kept until they are hashed; those of others are made again."""


class _Asked(NamedTuple):
    mark: object | None
    environment: Environment | None


class Learning:
    """Takes those who ask into the interest, a little later.

    Args:
        answering: the server.
        interest: where they go.
        compare: called with queries that may have changed since they were answered.
        era: returns the number of the last comparison of everybody.
        max_waiting: queries in line; beyond, they are learned when they ask again.
    """

    def __init__(
        self,
        answering: Answering,
        interest: Interest,
        *,
        compare: Callable[[Query], None],
        era: Callable[[], int],
        max_waiting: int,
    ) -> None:
        self._answering = answering
        self._interest = interest
        self._compare = compare
        self._era = era
        self._max_waiting = max_waiting
        self._waiting: dict[Query, _Asked] = {}
        self._held = 0
        self._woken = asyncio.Event()

    def note(
        self, query: Query, environment: Environment | None = None, made_of: object = None
    ) -> None:
        """Note that somebody asks; returns at once.

        Args:
            query: for what.
            environment: the answer that was given, None if that is still to be made.
            made_of: the state that it was made of.
        """
        if self._interest.touch(query) or query in self._waiting:
            return
        if len(self._waiting) >= self._max_waiting:
            return
        mark = None
        if environment is not None:
            if self._held >= _HELD:
                environment = None
            else:
                self._held += 1
                if self._answering.state(query) == made_of:
                    mark = self._answering.mark(query)
        self._waiting[query] = _Asked(mark, environment)
        self._woken.set()

    async def run(self) -> None:
        """Learn until cancelled."""
        while True:
            await self._woken.wait()
            batch = dict(list(self._waiting.items())[:_AT_ONCE])
            for learned in await self._learned(batch):
                if self._interest.get(learned.query) is None:
                    self.take(learned)
            for query in batch:
                self._held -= self._waiting.pop(query).environment is not None
            if not self._waiting:
                self._woken.clear()

    def take(self, learned: Known) -> None:
        """Remember an answer that is not known yet; what may be old by now is compared."""
        if learned.mark is not None and learned.mark == self._answering.mark(learned.query):
            learned.era = self._era()
        else:
            self._compare(learned.query)
        self._interest.put(learned)

    async def _learned(self, batch: dict[Query, _Asked]) -> list[Known]:
        given = [
            (query, asked.environment, asked.mark)
            for query, asked in batch.items()
            if asked.environment is not None
        ]
        hashing = Hashing()
        hashed = await asyncio.to_thread(lambda: [known(*each, hashing) for each in given])
        others = [query for query, asked in batch.items() if asked.environment is None]
        for one in hashed:
            one.places = self._answering.places(one.query)
        made = await outcomes(self._answering, others, at_once=1)
        return [*hashed, *(one for one in made if isinstance(one, Known))]
