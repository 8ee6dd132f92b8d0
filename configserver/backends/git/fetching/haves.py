"""What a remote is told of: which commits the mirror has."""

from collections import deque
from typing import Final

from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID

ANCESTORS: Final = 16
"""Commits below the tips of branches that are named."""


class Newest(ObjectStoreGraphWalker):
    """Names the tips of branches, then their newest ancestors, and stops.

    In version 2 of Git's protocol a remote says which of them it knows after all were named, so
    without an end each fetch would name the whole history. The remote served the tips before, and
    so knows them, or commits near them if branches were moved back. Should it know none of those
    named, it sends everything, which is only slower.

    Args:
        walker: names all of them.
    """

    def __init__(self, walker: ObjectStoreGraphWalker) -> None:
        super().__init__(walker.heads, walker.get_parents)
        self._line = deque(sorted(walker.heads))
        self._left = len(walker.heads) + ANCESTORS

    def next(self) -> ObjectID | None:
        """Return the next commit, None if it was the last."""
        while self._line and self._left:
            found = self._line.popleft()
            if found not in self.heads:  # the remote has said that it knows a later one
                continue
            self._left -= 1
            self.heads.discard(found)
            try:
                parents = self.get_parents(found)
            except KeyError:
                return None
            self.parents[found] = parents
            new = [one for one in parents if one not in self.parents and one not in self.heads]
            self.heads.update(new)
            self._line.extend(new)
            return found
        return None

    __next__ = next  # noqa: A003 - both names, as in the base
