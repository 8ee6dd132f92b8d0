"""Many answers in one go, before they are asked for."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

from configserver.backends.answers import Found, Versions
from configserver.backends.moments import Moment
from configserver.errors import ConfigError
from configserver.query import Query
from configserver.snapshot import Snapshot

_TURN: Final = 0.002
"""Seconds of processor time, after which others have a turn: else they wait longer for it."""

_PAUSE: Final = 0.0005
"""Seconds that are left to them; none at all would not let them in."""

Snapshots: TypeAlias = list[tuple[str | None, Snapshot]]


class Made(NamedTuple):
    """An answer, and what it was made of."""

    query: Query
    versions: Versions
    found: Found


def made(
    queries: Iterable[Query],
    moment: Moment,
    *,
    snapshots: Callable[[Query], Snapshots],
    found: Callable[[Query, Snapshots, Moment], Found],
) -> list[Made]:
    """Answer queries one after the other, without those that cannot be; blocks for the disk.

    Args:
        queries: what to answer.
        moment: in which.
        snapshots: opens those of a query's labels.
        found: makes the answer.
    """
    opened: dict[str | None, Snapshots] = {}
    answers: list[Made] = []
    until = time.thread_time() + _TURN
    for query in queries:
        with suppress(ConfigError):
            if query.label not in opened:
                opened[query.label] = snapshots(query)
            some = opened[query.label]
            answers.append(Made(query, moment.versions(some), found(query, some, moment)))
        if time.thread_time() > until:
            time.sleep(_PAUSE)
            until = time.thread_time() + _TURN
    return answers
