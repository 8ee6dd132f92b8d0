"""Who is told of changes: every query that was ever asked, within bounds."""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from configserver.push import State
from configserver.push.comparison.effective import Effective
from configserver.push.interest.keys import KeyPool
from configserver.query import Query


@dataclass(slots=True)
class Known:
    """What was told last of a query.

    Attributes:
        query: as asked.
        version: commit ids.
        effective: the answer.
        own: whether something was found that is for its application and not for everybody.
        imports: whether files of any name may have a part in the answer.
        places: masked URIs of repositories that it is from and that may be closed.
        mark: what the answer was made of, see `mark_of`; None if that is not known, so that it
            has to be compared.
        era: the number of the last comparison of everybody in which the answer was found to be
            current; -1 if it was in none.
    """

    query: Query
    version: str | None
    effective: Effective
    own: bool
    imports: bool = True
    places: tuple[str, ...] = ()
    mark: object | None = None
    era: int = -1

    @property
    def state(self) -> State:
        """What others are told."""
        return State(self.version, self.effective.etag)

    @property
    def size(self) -> int:
        """About how many bytes it takes besides the names of keys."""
        query = self.query
        names = len(query.name) + len(query.profiles) + len(query.label or "")
        return 700 + names + len(self.effective.hashes)


class Interest:
    """What is known of queries; for the event loop only.

    Beyond the bounds those go first that led to nothing of their own, as a scanner's do, then
    those that were not asked for the longest time. Before that, no more keys are remembered.

    Args:
        max_queries: how many.
        max_bytes: of all, estimated.

    Attributes:
        version: grows with each change of what is known, except for the order.
    """

    def __init__(self, max_queries: int, max_bytes: int) -> None:
        self._max_queries = max_queries
        self._max_bytes = max_bytes
        self._own: OrderedDict[Query, Known] = OrderedDict()
        self._other: OrderedDict[Query, Known] = OrderedDict()
        self._keys = KeyPool()
        self._names: dict[str, int] = {}
        self._bytes = 0
        self.version = 0

    def __len__(self) -> int:
        return len(self._own) + len(self._other)

    def __iter__(self) -> Iterator[Known]:
        """Yield all, those asked last first, and those without anything of their own at the end."""
        return chain(reversed(self._own.values()), reversed(self._other.values()))

    @property
    def size(self) -> int:
        """Bytes of all, estimated."""
        return self._bytes + self._keys.size

    def get(self, query: Query) -> Known | None:
        """Return what is known of a query."""
        return self._own.get(query) or self._other.get(query)

    def touch(self, query: Query) -> bool:
        """Note that a query was asked again; say whether it is known."""
        for place in (self._own, self._other):
            if query in place:
                place.move_to_end(query)
                return True
        return False

    def put(self, known: Known) -> None:
        """Remember a query as the one asked last, in place of what was known of it."""
        self._drop(known.query)
        self._enter(known)
        while len(self) > self._max_queries or (self.size > self._max_bytes and len(self) > 1):
            self._drop(next(iter(self._other or self._own)))

    def update(self, known: Known) -> None:
        """Replace what is known of a query, which does not count as asking for it."""
        place = self._own if known.own else self._other
        before = place.get(known.query)
        if before is None:
            self.put(known)
            return
        self._leave(before)
        self._enter(known)

    @property
    def applications(self) -> Collection[str]:
        """The names of all that led to something of their own."""
        return self._names.keys()

    def _enter(self, known: Known) -> None:
        """Keep it with its keys, or without if they are too much; its place stays what it was."""
        effective = known.effective
        if effective.keys is not None:
            effective = effective._replace(keys=self._keys.share(effective.keys))
            if self.size + known.size > self._max_bytes:
                self._keys.release(effective.keys or ())
                effective = effective.forgetful()
            known.effective = effective
        (self._own if known.own else self._other)[known.query] = known
        if known.own:
            for name in known.query.applications:
                self._names[name] = self._names.get(name, 0) + 1
        self._bytes += known.size
        self.version += 1

    def _leave(self, known: Known) -> None:
        self._bytes -= known.size
        for name in known.query.applications if known.own else ():
            self._names[name] -= 1
            if not self._names[name]:
                del self._names[name]
        if known.effective.keys is not None:
            self._keys.release(known.effective.keys)

    def _drop(self, query: Query) -> None:
        known = self._own.pop(query, None) or self._other.pop(query, None)
        if known is not None:
            self._leave(known)
