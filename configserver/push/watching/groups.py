"""Those who watch the same query."""

from collections.abc import Callable
from typing import Protocol

from configserver.push import Change, State
from configserver.query import Query

_MAX_CHANGES = 16


class Watcher(Protocol):
    """Somebody who holds a connection; equal to itself alone."""

    held: State | None
    """The state that it was told last; None until it was told any."""

    due: float
    """When it has to be tended next, on the clock of the hub."""

    @property
    def query(self) -> Query:
        """What it watches."""

    def tell(self, change: Change) -> None:
        """Tell of a change, or remember that it could not be told; returns at once."""

    def tend(self, now: float) -> None:
        """Do what time has come for, and set `due` anew; returns at once."""

    def end(self) -> None:
        """End it in order; returns at once."""


class Group:
    """Those who watch a query, and what they should know.

    Attributes:
        query: what they watch.
        watchers: who they are.
        newest: the newest state that is known.
        published: how many changes were published.
        in_round: whether they are being told.
        again: whether they have to be told once more after that.
    """

    __slots__ = ("_changes", "again", "in_round", "newest", "published", "query", "watchers")

    def __init__(self, query: Query) -> None:
        self.query = query
        self.watchers: set[Watcher] = set()
        self.newest: State | None = None
        self.published = 0
        self.in_round = self.again = False
        self._changes: dict[State, Change] | None = None

    def learn(self, newest: State) -> None:
        """Replace the newest state."""
        self.newest = newest
        self._changes = None

    def change(self, held: State, make: Callable[[Query, State, State], Change]) -> Change:
        """Return the change to the newest state, the same one to all who hold the same."""
        if self.newest is None:
            raise ValueError("nothing is known of the query yet")
        if self._changes is None or len(self._changes) > _MAX_CHANGES:
            self._changes = {}
        change = self._changes.get(held)
        if change is None:
            change = self._changes[held] = make(self.query, held, self.newest)
        return change
