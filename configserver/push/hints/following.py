"""Looking at repositories on this machine, and at the keys, while somebody has to be told."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from configserver.backends.sources import Refreshable

_LEAST: Final = 0.05
"""Seconds between two looks. One at refs that did not move takes a tenth of a millisecond; unlike
a watch of the system it sees every file system, and needs no thread."""

_SHARE: Final = 0.005
"""Seconds more for each repository."""

_IDLE: Final = 0.25
"""Seconds until it is seen that somebody has to be told."""


async def follow(
    sources: Callable[[], Iterable[Refreshable]],
    *,
    wanted: Callable[[], object],
    epoch: Callable[[], object],
    renewed: Callable[[], None],
) -> None:
    """Look until cancelled.

    Args:
        sources: returns what nobody else looks at in the background; they ring when they have news.
        wanted: says whether anybody has to be told.
        epoch: returns what changes with the keys.
        renewed: called when it has changed.
    """
    known = epoch()
    while True:
        if epoch() != known:
            known = epoch()
            renewed()
        if not wanted():
            await asyncio.sleep(_IDLE)
            continue
        looked = list(sources())
        # One that cannot be read is told to those who ask for it.
        await asyncio.gather(*(one.refresh() for one in looked), return_exceptions=True)
        await asyncio.sleep(_LEAST + _SHARE * len(looked))
