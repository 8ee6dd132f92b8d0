"""Passing hints on to other replicas, without waiting for them."""

import asyncio
from collections.abc import Sequence
from typing import Final

from configserver.logs import get_logger
from configserver.push import DeliveryFailed, Hint, Relay

_log = get_logger("configserver.push")
_LIMIT: Final = 30.0
"""Seconds that a relay may take."""

_AT_ONCE: Final = 100
"""Hints on their way; more are dropped: other replicas look for themselves in the end."""


class Relaying:
    """The hints on their way to other replicas.

    Args:
        relays: the ways; more may be added.
    """

    def __init__(self, relays: Sequence[Relay]) -> None:
        self._relays = relays
        self._tasks: set[asyncio.Task[None]] = set()

    def pass_on(self, hint: Hint) -> None:
        """Send a hint on all ways, unless it came from another replica; returns at once."""
        if hint.relayed:
            return
        for relay in self._relays:
            if len(self._tasks) >= _AT_ONCE:
                _log.warning("hint is not passed on: too many are", relay=relay.name)
                return
            task = asyncio.create_task(_pass_on(relay, hint))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


async def _pass_on(relay: Relay, hint: Hint) -> None:
    try:
        async with asyncio.timeout(_LIMIT):
            await relay.relay(hint)
    except DeliveryFailed as error:
        _log.warning("hint is not passed on", relay=relay.name, reason=str(error))
    except Exception as error:  # noqa: BLE001 - the other relays, and hints, go on
        _log.warning("hint is not passed on", relay=relay.name, reason=type(error).__name__)
