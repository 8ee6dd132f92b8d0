"""What other servers have told on the bus, so that nobody is told twice of one change."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from configserver.push.bus.destinations import Tokens, told_by

_REMEMBERED: Final = 10_000


class _Event(NamedTuple):
    at: float
    destination: str
    id: str


class Told:
    """The last refresh events of others, for one event loop.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._events: deque[_Event] = deque(maxlen=_REMEMBERED)
        self._heard = asyncio.Event()

    def note(self, destination: str, event_id: str) -> None:
        """Remember an event that was heard just now."""
        self._events.append(_Event(self._clock(), destination, event_id))
        self._heard.set()

    async def untold(
        self, planned: Mapping[str, Tokens], *, since: float, patience: float
    ) -> Mapping[str, Tokens]:
        """Wait until all that is planned was told since a moment; return what was not in time."""
        remaining = self._untold(planned, since)
        try:
            async with asyncio.timeout(patience):
                while remaining:
                    self._heard.clear()
                    await self._heard.wait()
                    remaining = self._untold(planned, since)
        except TimeoutError:
            pass
        return remaining

    def _untold(self, planned: Mapping[str, Tokens], since: float) -> Mapping[str, Tokens]:
        told: set[str] = set()
        for at, destination, event_id in reversed(self._events):
            if at < since:
                break
            told.update(told_by(destination, event_id, planned))
        return {one: tokens for one, tokens in planned.items() if one not in told}
