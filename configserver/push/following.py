"""Looking at repositories on this machine, and at the keys, while somebody has to be told."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Final

from configserver.backends.sources import Refreshable
from configserver.errors import ConfigError

_LEAST: Final = 0.05
"""Seconds between two looks. One at refs that did not move takes a tenth of a millisecond; unlike
a watch of the system it sees every file system, and needs no thread."""

_SHARE: Final = 0.005
"""Seconds more for each repository."""


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
        looked = list(sources()) if wanted() else []
        await _look(looked)
        if epoch() != known:
            known = epoch()
            renewed()
        await asyncio.sleep(_LEAST + _SHARE * len(looked))


async def _look(sources: Collection[Refreshable]) -> None:
    found = await asyncio.gather(*(one.refresh() for one in sources), return_exceptions=True)
    for error in found:
        # One that cannot be read is told to those who ask for it.
        if isinstance(error, BaseException) and not isinstance(error, ConfigError):
            raise error
