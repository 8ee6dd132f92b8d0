"""What is known of the contact with a remote, and the log of its outages."""

import math
import random
import time
from datetime import UTC, datetime
from typing import Final

from configserver.backends.git.breaker import Breaker
from configserver.backends.git.faults import HINTS, Fault, Unreachable
from configserver.backends.git.report import Report
from configserver.errors import ConfigError, NoSuchRepository, Unavailable
from configserver.logs import get_logger

_log = get_logger(__name__)
_QUIET: Final = 60.0
"""Seconds between two lines on failures of one remote."""

_LOGIN: Final = frozenset({Fault.LOGIN, Fault.FORBIDDEN})


class Contact:
    """When a remote was last seen, whether it fails, and since when; for the event loop only.

    Args:
        shown: the repository's masked URI, for the log.

    Attributes:
        breaker: when it is asked again.
        failure: why it cannot be fetched, None if the last attempt went well.
    """

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self.breaker = Breaker()
        self.failure: Unreachable | None = None
        self._seen: float | None = None
        self._known: float | None = None
        self._logged = -math.inf
        self._told: Fault | None = None

    @property
    def age(self) -> float:
        """Seconds since it was seen by this process, infinite if it never was."""
        return math.inf if self._seen is None else time.monotonic() - self._seen

    @property
    def known_age(self) -> float:
        """Seconds since it was seen by this process or an earlier one."""
        return math.inf if self._known is None else time.monotonic() - self._known

    @property
    def seen_at(self) -> float | None:
        """The same in seconds since 1970, None if that is unknown."""
        return None if self._known is None else time.time() - self.known_age

    @property
    def fault(self) -> Fault | None:
        """What kind of failure the last attempt met, None if it went well."""
        return None if self.failure is None else self.failure.fault

    def remember(self, seen_at: float | None) -> None:
        """Take over when an earlier process saw the remote, in seconds since 1970."""
        if seen_at is not None:
            self._known = time.monotonic() - max(0.0, time.time() - seen_at)

    def failed(self, found: Exception, *, hurry: bool = False) -> Unreachable:
        """Note that an attempt failed; return why in one form.

        Args:
            found: what was raised.
            hurry: try again soon even if nobody asks.
        """
        error = _unreachable(found)
        now = time.monotonic()
        self.failure = error
        self.breaker = self.breaker.failed(
            now,
            chance=random.random(),  # noqa: S311 - a spread, no secret
            login=error.fault in _LOGIN,
        )
        if hurry:
            self.breaker = self.breaker.wanted()
        if error.fault is not self._told and now - self._logged >= _QUIET:
            self._told, self._logged = error.fault, now
            _log.warning(
                "remote failed",
                repository=self._shown,
                fault=error.fault,
                reason=error.reason,
                hint=error.hint,
                retry_in=round(self.breaker.wait, 1),
            )
        return error

    def succeeded(self, began: float) -> None:
        """Note that an attempt went well.

        Args:
            began: when it began, by the monotonic clock: what came later it may not have seen.
        """
        since, self.breaker = self.breaker.since, self.breaker.succeeded()
        self.failure = None
        self._seen = self._known = began
        if self._told is not None:
            self._told = None
            after = round(time.monotonic() - (since or began), 1)
            _log.info("remote is back", repository=self._shown, after=after)

    def report(  # noqa: PLR0913 - what it does not know itself
        self,
        *,
        uri: str,
        commit: str | None,
        stale: bool,
        size: int,
        memory: int | None,
        absent: bool,
    ) -> Report:
        """Say all that is known; see Report."""
        breaker, failure = self.breaker, self.failure
        return Report(
            uri=uri,
            commit=commit,
            age=self.age,
            stale=stale,
            breaker=breaker.state,
            failures=breaker.failures,
            retry_in=None if breaker.closed else breaker.due_in(time.monotonic()),
            fault=self.fault,
            reason=None if failure is None else failure.reason,
            hint=None if failure is None else failure.hint,
            seen_at=self.seen_at,
            size=size,
            memory=memory,
            absent=absent,
        )

    def nothing(self) -> NoSuchRepository:
        """Say that there is nothing to serve; clients are told nothing of the network."""
        hint = "the server's log says why" if self.failure else "ask again in a few seconds"
        reason = "the remote repository was never reached"
        return NoSuchRepository(reason, hint=hint, repository=self._shown)

    def not_cloned(self) -> Unavailable:
        """Say to the operator why a server that is to clone first does not start."""
        failure = self.failure
        return Unavailable(
            "clone-on-start: " + (failure.reason if failure else "the clone takes too long"),
            hint=failure.hint if failure else "raise configserver.clone-timeout",
            repository=self._shown,
        )

    def too_old(self) -> Unavailable:
        """Say since when the remote was not seen, and what kind of failure it is."""
        seen_at = self.seen_at
        since = "yet" if seen_at is None else f"since {datetime.fromtimestamp(seen_at, UTC):%FT%TZ}"
        why = f" ({self.fault}); the server's log says more" if self.fault else ""
        return Unavailable(
            "what is known of the remote repository is older than max-stale allows",
            hint=f"the remote was not seen {since}{why}",
            repository=self._shown,
        )


def _unreachable(found: Exception) -> Unreachable:
    match found:
        case Unreachable():
            return found
        case OSError():
            reason = f"the mirror cannot be written: {found.strerror or type(found).__name__}"
            return Unreachable(reason, fault=Fault.DISK)
        case ConfigError():
            return Unreachable(
                found.reason, fault=Fault.MIRROR, hint=found.hint or HINTS[Fault.MIRROR]
            )
        case _:
            return Unreachable(f"unexpected: {type(found).__name__}", fault=Fault.WORKER)
