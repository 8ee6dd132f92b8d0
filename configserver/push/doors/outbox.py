"""What a relay has still to pass on: one hint, made of all that wait, tried until it is taken."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Self

from configserver.logs import get_logger
from configserver.push import DeliveryFailed, DoorState, Hint
from configserver.push.delivery.merging import merge_hints
from configserver.push.delivery.retries import FOR_EVER, Retries, pause
from configserver.push.delivery.tries import failure_of
from configserver.push.doors.ending import end_empty

EVERYTHING: Final = Hint(origin="start")
"""What a replica says when it starts: it may have died with a hint that nobody else got."""

CLOSING_SECONDS: Final = 1.0

_log = get_logger("configserver.push")


class Outbox:
    """Sends hints one after the other; those that wait become one.

    No hint is ever given up: however long the other side is away, it hears of everything that it
    missed as soon as it is back.

    Args:
        name: of the relay.
        send: passes a hint on; raises DeliveryFailed if it was not taken.
        retries: the pauses between tries.
        try_seconds: how long one try may take.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[Hint], Awaitable[None]],
        *,
        retries: Retries = FOR_EVER,
        try_seconds: float = 15.0,
    ) -> None:
        self._name = name
        self._send = send
        self._retries = retries
        self._try_seconds = try_seconds
        self._waiting: Hint | None = EVERYTHING
        self._sending: Hint | None = None
        self._filled = asyncio.Event()
        self._filled.set()
        self._emptied = asyncio.Event()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sent = 0
        self._reason: str | None = None

    async def __aenter__(self) -> Self:
        """Begin to send."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give what waits a moment, then end."""
        if self._task is not None:
            sends = self.report().waiting and self._reason is None
            seconds = CLOSING_SECONDS if sends else 0.0
            await end_empty(self._task, self._emptied, seconds=seconds)

    def put(self, hint: Hint) -> None:
        """Pass a hint on, soon; returns at once. One that was relayed already goes nowhere."""
        if hint.relayed:
            return
        self._waiting = merge_hints(self._waiting, hint) if self._waiting else hint
        self._filled.set()
        self._emptied.clear()

    def wake(self) -> None:
        """Try again now: there is a connection again."""
        self._woken.set()

    def report(self) -> DoorState:
        """Say how it is doing."""
        return DoorState(
            name=self._name,
            up=self._reason is None,
            delivered=self._sent,
            waiting=int(self._waiting is not None) + int(self._sending is not None),
            reason=self._reason,
        )

    async def _run(self) -> None:
        tries = 0
        while True:
            await self._filled.wait()
            self._filled.clear()
            if self._waiting is None:
                continue
            self._sending, self._waiting = self._waiting, None
            self._woken.clear()
            failure = await failure_of(self._send(self._sending), self._try_seconds)
            if failure is None:
                tries = 0
                self._take()
                continue
            tries += 1
            self._fail(failure)
            chance = random.random()  # noqa: S311 - jitter is no secret
            wait = pause(self._retries, tries, elapsed=0.0, chance=chance, after=failure.after)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            self._filled.set()

    def _take(self) -> None:
        """Note that a hint was taken."""
        self._sending = None
        if self._waiting is None:
            self._emptied.set()
        self._sent += 1
        if self._reason is not None:
            self._reason = None
            _log.info("relay is well again", relay=self._name)

    def _fail(self, failure: DeliveryFailed) -> None:
        if self._reason is None:
            about = {"hint": failure.hint} if failure.hint else {}
            _log.warning("relay fails", relay=self._name, reason=str(failure), **about)
        self._reason = str(failure)
        waiting, self._waiting, self._sending = self._waiting, self._sending, None
        if waiting is not None:
            self.put(waiting)
