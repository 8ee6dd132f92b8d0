"""From a comparison to refreshes: the first of them early, all of them few."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final
from uuid import uuid4

from configserver.push import Change, Refresh
from configserver.push.comparison.gathered import Gathered

_WAIT: Final = 0.1
"""Seconds for which changes are gathered into one refresh."""

_MOST: Final = 500
"""Changes that are told without waiting for more."""


class Telling:
    """Collects changes, and publishes them.

    Args:
        publish: takes refreshes; returns at once.
        gathered: what led to the comparison.
    """

    def __init__(self, publish: Callable[[Refresh], None], gathered: Gathered) -> None:
        self._publish = publish
        self._gathered = gathered
        self._changes: list[Change] = []
        self._clock = asyncio.get_running_loop().time
        self._last = self._clock()

    def add(self, changes: Iterable[Change]) -> None:
        """Take changes; they are published now if they are many, or have waited."""
        self._changes += changes
        if len(self._changes) >= _MOST or self._clock() - self._last >= _WAIT:
            self.flush()

    def flush(self, applications: tuple[str, ...] = ()) -> None:
        """Publish what there is, with those who never asked."""
        if not (self._changes or applications):
            return
        changes, self._changes = tuple(self._changes), []
        self._last = self._clock()
        gathered = self._gathered
        self._publish(
            Refresh(
                id=str(uuid4()),
                changes=changes,
                applications=applications,
                moved=gathered.moved,
                origin=gathered.origin,
            )
        )
