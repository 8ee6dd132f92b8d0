"""Environments that were computed before."""

from cachetools import LRUCache

from configserver.model import Environment
from configserver.query import Query

Versions = tuple[object, ...]
"""What an environment was made of: a commit id for each label or, without, a generation."""

_KNOWN_QUERIES = 20_000


class Memory:
    """What all backends remember together; for the event loop only.

    Args:
        max_bytes: memory that environments may hold, estimated.
    """

    def __init__(self, max_bytes: int) -> None:
        self.versions: LRUCache[tuple[object, Query], tuple[int, Versions]] = LRUCache(
            _KNOWN_QUERIES
        )
        self.answers: LRUCache[tuple[object, Query, Versions], Environment] = LRUCache(
            max_bytes, getsizeof=weight
        )


class Answers:
    """The environments of one backend by query and versions, as many as fit.

    In the current generation a query leads to its versions at once; in the next one they have to
    be asked for again, but what was computed for them is still good.

    Args:
        memory: shared with other backends.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._owner = object()
        self._generation: object | None = None
        self._count = 0

    def current(self, query: Query, generation: object) -> Environment | None:
        """Return the answer of a generation, None if it is not known."""
        if generation is not self._generation:
            self._generation = generation
            self._count += 1
        count, versions = self._memory.versions.get((self._owner, query), (0, ()))
        return self._known(query, versions) if count == self._count else None

    def made_of(self, query: Query, versions: Versions, generation: object) -> Environment | None:
        """Return the answer made of these versions, None if it is not known."""
        if generation is self._generation:
            self._memory.versions[self._owner, query] = (self._count, versions)
        return self._known(query, versions)

    def keep(self, query: Query, versions: Versions, environment: Environment) -> None:
        """Remember an answer, unless it is larger than all of the memory."""
        if weight(environment) <= self._memory.answers.maxsize:
            self._memory.answers[self._owner, query, versions] = environment

    def _known(self, query: Query, versions: Versions) -> Environment | None:
        return self._memory.answers.get((self._owner, query, versions))


def weight(environment: Environment) -> int:
    """Return about how many bytes an environment holds besides the shared parsed files."""
    return 1000 + sum(
        300 + len(source.name) + 50 * len(source.properties) for source in environment.sources
    )
