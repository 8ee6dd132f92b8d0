"""Looking at repositories because somebody says that something moved there."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from configserver.backends.flight import SharedProbe
from configserver.backends.sources import Refreshable
from configserver.errors import ConfigError
from configserver.logs import get_logger
from configserver.push import Hint
from configserver.push.webhooks.uris import same_repository

_log = get_logger("configserver.push")
LIMIT: Final = 60.0
"""Seconds for one look; a remote has a shorter limit of its own."""


class Looks:
    """The looks under way: one for each source, and one in line for all hints that came meanwhile.

    Args:
        sources: returns all that are served now.
        closed: returns those that are not, but that hints may name.
    """

    def __init__(
        self,
        sources: Callable[[], Iterable[Refreshable]],
        closed: Callable[[], Iterable[Refreshable]] = tuple,
    ) -> None:
        self._sources = sources
        self._closed = closed
        self._probes: dict[Refreshable, SharedProbe[None]] = {}
        self._hints: dict[Refreshable, Hint] = {}
        self._tasks: dict[asyncio.Task[None], Refreshable] = {}

    @property
    def busy(self) -> bool:
        """Whether a look is under way."""
        return bool(self._tasks)

    def meant(self, hint: Hint) -> Sequence[Refreshable]:
        """Return the sources that a hint names: all that are open if it names none."""
        if not hint.uris:
            return list(self._sources())
        return [
            source
            for source in (*self._sources(), *self._closed())
            if any(same_repository(claimed, ours) for claimed in hint.uris for ours in source.uris)
        ]

    def begin(self, sources: Iterable[Refreshable], hint: Hint) -> None:
        """Look at sources after this moment; returns at once."""
        for source in sources:
            known = self._hints.get(source)
            if known is None or known.relayed:
                self._hints[source] = hint
            probe = self._probes.get(source)
            if probe is None:
                probe = self._probes[source] = SharedProbe(partial(_look, source))
            task = probe.join()
            if task not in self._tasks:
                self._tasks[task] = source
                task.add_done_callback(self._ended)

    def hint_of(self, source: object) -> Hint | None:
        """Return the hint that a look under way follows."""
        return next((hint for known, hint in self._hints.items() if known is source), None)

    async def close(self) -> None:
        """End the looks under way."""
        await asyncio.gather(*(probe.close() for probe in list(self._probes.values())))

    def _ended(self, task: asyncio.Task[None]) -> None:
        source = self._tasks.pop(task)
        if source not in self._tasks.values():
            self._probes.pop(source, None)
            self._hints.pop(source, None)


async def _look(source: Refreshable) -> None:
    try:
        async with asyncio.timeout(LIMIT):
            await source.refresh()
    except (ConfigError, TimeoutError) as error:
        reason = error.reason if isinstance(error, ConfigError) else "it takes too long"
        _log.warning("hint cannot be followed", repository=source.uris[0], reason=reason)
    except Exception:  # noqa: BLE001 - other sources, and later hints, are looked at
        _log.exception("hint cannot be followed", repository=source.uris[0])
