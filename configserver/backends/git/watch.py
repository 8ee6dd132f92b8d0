"""When a remote is looked at: for those who ask, and in the background for nobody."""

import asyncio
import time
from contextlib import suppress
from typing import Final

from configserver.backends.bell import Bell
from configserver.backends.flight import SharedProbe, wait_at_most
from configserver.backends.git.contact import Contact
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.mirrors.mirroring import Mirroring
from configserver.backends.git.upstream import Upstream
from configserver.errors import ConfigError
from configserver.logs import get_logger

_log = get_logger(__name__)
_BREATH: Final = 0.05
"""Seconds between two attempts in the background at least."""

_LINGER: Final = 3
"""Looks in the background after the last request, so that a short pause makes nobody wait."""


class Watch:
    """The attempts to bring one mirror up to date; one runs at a time, shared by all who ask.

    Args:
        mirroring: does them.
        upstream: says when the first URI is to be tried again.
        contact: what is known of the remote.
        freshness: when to look and for how long requests wait for that.
        bell: says whether anybody is to be told of news.

    Attributes:
        slow: whether the attempt under way takes longer than one may.
        apart: whether it is one that nobody should wait for any more, or at all: it heals the
            mirror, or tries a URI that failed a while ago.
    """

    def __init__(
        self,
        mirroring: Mirroring,
        upstream: Upstream,
        contact: Contact,
        freshness: Freshness,
        bell: Bell,
    ) -> None:
        self._mirroring = mirroring
        mirroring.alarm = self.alarm
        self._upstream = upstream
        self._contact = contact
        self._freshness = freshness
        self._bell = bell
        self._probe: SharedProbe[None] = SharedProbe(self._attempt)
        self._following: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._ended = 0.0
        self._pushed = False
        self._unused = _LINGER
        self._used = False
        self.slow = False
        self.apart = False

    def start(self, *, look: bool) -> None:
        """Begin with the background's attempts, with one at once or not."""
        self._following = asyncio.create_task(self._follow(look=look))

    async def close(self) -> None:
        """End what is under way."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await self._probe.close()

    def use(self) -> None:
        """Note a request: looks in the background go on, or begin, if the freshness wants any."""
        if not self._used:
            self._used = True
            if self._unused >= _LINGER:
                self._unused = 0
                self._woken.set()

    def ask(self) -> None:
        """Note that somebody wants news of a remote that fails."""
        if not self._contact.breaker.asked:
            self._contact.breaker = self._contact.breaker.wanted()
            self._woken.set()

    def alarm(self) -> None:
        """See to a mirror that looks damaged."""
        self.apart = True
        _ = self._probe.join()

    async def clone(self, seconds: float) -> None:
        """Wait for the first clone, or the one that heals the mirror, begun by anyone."""
        await wait_at_most(self._probe.current(), seconds)

    def glance(self) -> None:
        """Look without waiting."""
        _ = self._probe.current()

    async def look(self, *, whole: bool) -> None:
        """Wait for news as long as the freshness allows, unless that is known to be in vain.

        Args:
            whole: wait as long as allowed, since nothing can be answered without news.
        """
        if self.apart and not whole:
            return
        if whole or self._freshness.strict:
            if not self.slow:
                done = await wait_at_most(self._probe.join(), self._freshness.timeout)
                if not done:
                    self.slow = True
            return
        task = self._probe.current()
        spent = asyncio.get_running_loop().time() - self._probe.began
        if not await wait_at_most(task, self._freshness.patience - spent):
            self.apart = True

    async def push(self) -> None:
        """Look now, whatever failed before."""
        self._pushed = True
        self._contact.breaker = self._contact.breaker.hurried().wanted()
        await wait_at_most(self._probe.join(), self._freshness.timeout)

    async def _attempt(self) -> None:
        contact = self._contact
        began = time.monotonic()
        if contact.failure is not None and not self._pushed and contact.breaker.due_in(began) > 0:
            raise contact.failure
        # Who is to be told asks for nothing: tries for them are those of somebody who does.
        hurry = self._pushed or self._mirroring.empty or self._bell.wanted()
        self._pushed = False
        self.apart = self._mirroring.healing or self._upstream.return_in(began) == 0
        contact.breaker = contact.breaker.begun()
        late = asyncio.get_running_loop().call_later(self._freshness.timeout, self._is_late)
        try:
            await self._mirroring.update()
        except (ConfigError, OSError) as found:
            raise contact.failed(found, hurry=hurry) from None
        except Exception as found:  # noqa: BLE001 - the next attempt may go well
            _log.exception("attempt failed", repository=self._upstream.shown)
            raise contact.failed(found, hurry=hurry) from None
        finally:
            late.cancel()
            contact.breaker = contact.breaker.ended()
            self.slow = self.apart = False
            self._ended = time.monotonic()
            self._woken.set()
        contact.succeeded(began)
        self._unused = 0 if self._used else self._unused + 1
        self._used = False

    def _is_late(self) -> None:
        self.slow = True

    async def _follow(self, *, look: bool) -> None:
        """Attempt as often as configured, and when it is time to try again."""
        due = look
        while True:
            if due:
                await wait_at_most(self._probe.current(), None)
            self._woken.clear()
            pause = _at_least(self._pause())
            if pause is None:
                # Nobody is to be told; by then somebody may be.
                pause = self._freshness.unasked
            with suppress(TimeoutError):
                # Unlike wait_for of Python 3.11 this never loses a cancellation.
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            pause = self._pause()
            due = pause is not None and pause <= 0

    def _pause(self) -> float | None:
        """Return the seconds until the background's next attempt, None if there is none."""
        now = time.monotonic()
        if not self._contact.breaker.closed:
            return self._contact.breaker.due_in(now)
        waits = [self._upstream.return_in(now)]
        if self._unused < _LINGER:
            waits.append(self._freshness.wanted_in(self._contact.age))
        if self._freshness.interval is not None:
            waits.append(self._ended + self._freshness.interval - now)
        if self._freshness.unasked is not None and self._bell.wanted():
            waits.append(self._ended + self._freshness.unasked - now)
        return min((wait for wait in waits if wait is not None), default=None)


def _at_least(pause: float | None) -> float | None:
    return None if pause is None else max(pause, _BREATH)
