"""What the health endpoints are told."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from configserver.app.keys.installed import Status
from configserver.backends.git.report import Report
from configserver.push import DoorState
from configserver.web.health import Component


class Served(Protocol):
    """A source whose health is of interest; all of it answers at once."""

    def ready(self) -> bool:
        """Say whether something can be served."""

    def commit(self) -> str | None:
        """Say which commit is served by default, None if unknown."""


class Reporting(Served, Protocol):
    """A source that knows more of itself."""

    def report(self) -> Report:
        """Say all that is known."""


class Health:
    """The health of a server: ready as soon as each of its backends has something to serve.

    Nested repositories do not keep a server from being ready, and those that requests name are
    not shown.

    Attributes:
        main: the default repository of each backend.
        all: every repository, by its masked URI, with a number if another one has the same.
        wrapped: returns what is known of the keys that services unwrap.
        ways: returns how the ways are doing by which others are told of changes.
    """

    def __init__(self) -> None:
        self.main: list[Served] = []
        self.all: list[tuple[str, Reporting]] = []
        self.wrapped: Callable[[], Sequence[Status]] = tuple
        self.ways: Callable[[], Sequence[DoorState]] = tuple

    def ready(self) -> bool:
        """See Probe."""
        return all(source.ready() for source in self.main)

    def commit(self) -> str | None:
        """See Probe; None for several backends."""
        return self.main[0].commit() if len(self.main) == 1 else None

    def repositories(self) -> Sequence[Component]:
        """See Probe."""
        return [_repository(name, source) for name, source in self.all]

    def keys(self) -> Sequence[Component]:
        """See Probe."""
        return [_key(status) for status in self.wrapped()]

    def push(self) -> Sequence[Component]:
        """See Probe."""
        return [_way(state) for state in self.ways()]


def _way(state: DoorState) -> Component:
    details: dict[str, object] = {
        "delivered": state.delivered,
        "failed": state.failed,
        "waiting": state.waiting,
    }
    if state.reason is not None:
        details["reason"] = state.reason
    # Configuration is served whether or not others can be told of it.
    return Component(state.name, ready=True, stale=not state.up, details=details)


def _key(status: Status) -> Component:
    details: dict[str, object] = {"service": status.service, "failures": status.failures}
    if status.trouble:
        details |= {"reason": status.trouble.reason, "hint": status.trouble.hint}
    if status.retry_in is not None:
        details["retryIn"] = round(status.retry_in, 1)
    return Component(status.name, status.is_there, status.trouble is not None, details)


def _repository(name: str, source: Reporting) -> Component:
    report = source.report()
    details = {
        "uri": report.uri,
        "commit": report.commit,
        "age": None if math.isinf(report.age) else round(report.age, 1),
        "breaker": report.breaker.value,
        "failures": report.failures,
        "retryIn": None if report.retry_in is None else round(report.retry_in, 1),
        "fault": report.fault.value if report.fault else None,
        "reason": report.reason,
        "hint": report.hint,
        "seenAt": report.seen_at,
        "size": report.size,
        "memory": report.memory,
    }
    known = {key: value for key, value in details.items() if value is not None}
    return Component(name, source.ready(), report.stale, known)
