"""How one door gets its refreshes: a bounded line of its own, tries within limits, a report."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, Self

from configserver.logs import get_logger
from configserver.push import DeliveryFailed, Door, DoorState, Gone, Refresh
from configserver.push.delivery.merging import merge
from configserver.push.delivery.retries import USUAL, Retries, pause
from configserver.push.delivery.tries import failure_of

_log = get_logger("configserver.push")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a delivery may take.

    Attributes:
        waiting: refreshes in line; beyond it the two oldest become one.
        retries: how often one is tried.
        try_seconds: how long one try may take.
        closing_seconds: how long those in line may still take when the server ends.
    """

    waiting: int = 1000
    retries: Retries = USUAL
    try_seconds: float = 30.0
    closing_seconds: float = 2.0


class Outlet(Protocol):
    """What refreshes are offered to; opened and closed as an asynchronous context manager."""

    def offer(self, refresh: Refresh) -> None:
        """Take a refresh; returns at once."""

    def report(self) -> DoorState:
        """Say how it is doing."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


class Delivery:
    """Delivers refreshes to one door, one after the other, while there are any.

    A door that fails or hangs keeps nobody else waiting: there is a task for each door, and a limit
    for each try. What cannot be delivered is reported and left.

    Args:
        door: where they go; opened and closed with the delivery if it is a context manager.
        limits: what it may take.
        gate: bounds the tries that several doors make at the same time.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        door: Door,
        *,
        limits: Limits | None = None,
        gate: AbstractAsyncContextManager[object] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.door = door
        self._limits = limits or Limits()
        self._gate = gate or nullcontext()
        self._sleep = sleep
        self._waiting: deque[Refresh] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()
        self._delivered = self._failed = self._merged = 0
        self._reason: str | None = None
        self._shut = False

    async def __aenter__(self) -> Self:
        """Open the door."""
        if isinstance(self.door, AbstractAsyncContextManager):
            await self._stack.enter_async_context(self.door)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give those in line a moment, then end, and close the door."""
        self._shut = True
        if self._task is not None:
            await asyncio.wait([self._task], timeout=self._limits.closing_seconds)
            if self._task.cancel():
                await asyncio.wait([self._task], timeout=self._limits.closing_seconds)
                _log.warning("closed before all was delivered", **self._about())
        await self._stack.aclose()

    def offer(self, refresh: Refresh) -> None:
        """Put a refresh in line; if that is full, its two oldest become one."""
        if self._shut:
            return
        self._waiting.append(refresh)
        if len(self._waiting) > self._limits.waiting:
            oldest = self._waiting.popleft()
            newer = self._waiting.popleft() if self._waiting else oldest
            self._waiting.appendleft(merge(oldest, newer))
            self._merged += 1
            if self._merged == 1:
                _log.warning("door is behind, its oldest refreshes are merged", **self._about())
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    def stop(self) -> None:
        """End at once, without delivering what is in line."""
        self._shut = True
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    def report(self) -> DoorState:
        """See Outlet."""
        return DoorState(
            name=self.door.name,
            up=self._reason is None,
            delivered=self._delivered,
            failed=self._failed,
            waiting=len(self._waiting),
            reason=self._reason,
        )

    async def _drain(self) -> None:
        while self._waiting:
            await self._deliver(self._waiting.popleft())
        if self._merged:
            _log.info("door has caught up", **self._about())
            self._merged = 0

    async def _deliver(self, refresh: Refresh) -> None:
        tries, began = 0, monotonic()
        while failure := await self._try(refresh):
            tries += 1
            wait = pause(
                self._limits.retries,
                tries,
                elapsed=monotonic() - began,
                chance=random.random(),  # noqa: S311 - jitter is no secret
                after=failure.after,
            )
            if self._reason is None:
                _log.warning("door fails", **self._about(refresh, failure, tries))
            self._reason = str(failure)
            if isinstance(failure, Gone):
                self._close_for_good(refresh, failure)
                return
            if not failure.again or wait is None:
                self._failed += 1
                _log.error("refresh was not delivered", **self._about(refresh, failure, tries))
                return
            await self._sleep(wait)
        self._delivered += 1
        if self._reason is not None:
            self._reason = None
            _log.info("door is well again", **self._about(refresh))

    async def _try(self, refresh: Refresh) -> DeliveryFailed | None:
        """Return why it went wrong, None if it did not."""
        async with self._gate:
            return await failure_of(self.door.deliver(refresh), self._limits.try_seconds)

    def _close_for_good(self, refresh: Refresh, failure: Gone) -> None:
        self._failed += 1 + len(self._waiting)
        self._waiting.clear()
        self._shut = True
        _log.error("door is shut until the server restarts", **self._about(refresh, failure))

    def _about(
        self,
        refresh: Refresh | None = None,
        failure: DeliveryFailed | None = None,
        tries: int | None = None,
    ) -> dict[str, object]:
        about = {
            "door": self.door.name,
            "refresh": refresh and refresh.id,
            "reason": failure and str(failure),
            "hint": failure and failure.hint,
            "tries": tries,
            "waiting": len(self._waiting) or None,
            "merged": self._merged or None,
        }
        return {key: value for key, value in about.items() if value}
