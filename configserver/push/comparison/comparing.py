"""Comparing what queries are answered with to what was told last."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from cachetools import LRUCache

from configserver.errors import BackendFailure, InvalidFile, KeyUnavailable
from configserver.logs import get_logger
from configserver.push import Change, State
from configserver.push.comparison.answering import Answering, Failed, Outcome, outcomes
from configserver.push.comparison.edits import NO_EDITS, Edits
from configserver.push.comparison.effective import Effective, changed
from configserver.push.comparison.hashing import Hashing
from configserver.push.interest.queries import Interest, Known
from configserver.query import Query

_log = get_logger("configserver.push")
_SLICE: Final = 16
"""Answers that are made, and held, before they are compared."""

_LOOKED: Final = 32
"""Marks that are looked at before others get their turn, and answers that were made before."""

_POLITE: Final = 0.003
"""Seconds that are left to requests, every millisecond or two."""

_TOLD: Final = 1000
"""Files that do not parse and were warned of, to be remembered."""

_PAIRS: Final = 100
"""Pairs of answers between which it is remembered what changed."""

_TRANSIENT: Final = (BackendFailure, KeyUnavailable)


class Comparing:
    """Finds out what changed for whom; for one task.

    Args:
        answering: the server.
        interest: what was told last.
        at_once: answers that are made at the same time.

    Attributes:
        failed: queries that could not be answered for a reason that may pass.
        era: the number of the comparison of everybody that is under way, or was the last one.
    """

    def __init__(self, answering: Answering, interest: Interest, *, at_once: int) -> None:
        self._answering = answering
        self._interest = interest
        self._at_once = at_once
        self._slice = _SLICE
        self._warned: dict[object, None] = {}
        self._changed_keys: LRUCache[tuple[str, str], tuple[str, ...] | None] = LRUCache(_PAIRS)
        self.failed: set[Query] = set()
        self.era = 0

    async def concerned(
        self, queries: Iterable[Query], edits: Edits = NO_EDITS, *, polite: bool = False
    ) -> AsyncIterator[list[Query]]:
        """Yield those that have to be answered anew, a few at a time, in the same order.

        Args:
            queries: to be looked at.
            edits: all that happened since the last comparison of everybody.
            polite: leave more time to requests; nobody waits.
        """
        for looked in parts(queries, _LOOKED):
            found = [query for query in looked if self._is_concerned(query, edits)]
            while found:
                part, found = found[: self._slice], found[self._slice :]
                yield part
            await asyncio.sleep(_POLITE if polite else 0)

    async def compare(self, queries: Sequence[Query], hashing: Hashing) -> list[Change]:
        """Answer a few queries anew, remember that, and return what changed."""
        made = hashing.made
        found = await outcomes(self._answering, queries, at_once=self._at_once, hashing=hashing)
        self._slice = _LOOKED if hashing.made == made else _SLICE
        await asyncio.sleep(0)
        changes = (self._change(query, now) for query, now in zip(queries, found, strict=True))
        return [change for change in changes if change is not None]

    def _is_concerned(self, query: Query, edits: Edits) -> bool:
        mark = self._answering.mark(query)
        if mark is None:
            return False
        known = self._interest.get(query)
        if known is None:
            return True
        # One that is spared keeps its old mark: should more than these edits have happened by
        # now, it will be looked at again.
        spared = known.era == self.era - 1 and edits.spare(known)
        if known.mark != mark and not spared:
            return True
        known.era = self.era
        return False

    def _change(self, query: Query, now: Outcome) -> Change | None:
        before = self._interest.get(query)
        if isinstance(now, Failed):
            self._note_failure(query, before, now)
            return None
        self.failed.discard(query)
        now.era = self.era
        if before is None:
            self._interest.put(now)
            return Change(query, None, now.state, None)
        change = self._between(before, now)
        self._interest.update(now)
        return change

    def _between(self, before: Known, now: Known) -> Change | None:
        """Return the change from what was told; without a hash of it the commits have to do."""
        if before.effective.etag == now.effective.etag:
            return None
        if not before.effective.etag and (before.version is None or before.version == now.version):
            return None
        keys = self._changed(before.effective, now.effective)
        return Change(now.query, before.state, State(now.version, now.effective.etag), keys)

    def _changed(self, before: Effective, now: Effective) -> tuple[str, ...] | None:
        """Return the keys that changed; many queries have the same answers, as their tags tell."""
        if before.keys is None or now.keys is None:
            return None
        tags = before.etag, now.etag
        if tags not in self._changed_keys:
            self._changed_keys[tags] = changed(before, now)
        return self._changed_keys[tags]

    def _note_failure(self, query: Query, before: Known | None, failed: Failed) -> None:
        """Keep the last good state; what may pass is tried again, what is wrong is said once."""
        error = failed.error
        if before is not None:
            before.imports = True  # what mends it may have any name
        if isinstance(error, _TRANSIENT):
            self.failed.add(query)
            return
        if before is not None:
            before.mark = failed.mark
        if not isinstance(error, InvalidFile):
            return
        what = (error.repository, error.path, error.line, error.reason)
        if what not in self._warned:
            self._warned[what] = None
            if len(self._warned) > _TOLD:
                del self._warned[next(iter(self._warned))]
            _log.warning(
                "changes are not told while a file does not parse",
                repository=error.repository,
                commit=error.version,
                file=error.path,
                line=error.line,
                reason=error.reason,
                application=query.name,
            )


def parts(queries: Iterable[Query], size: int) -> Iterator[list[Query]]:
    """Yield queries in lists of a size; the last one may be shorter."""
    left = iter(queries)
    while part := list(islice(left, size)):
        yield part
