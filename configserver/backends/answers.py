"""Environments that were computed before."""

from cachetools import LRUCache

from configserver.model import Environment
from configserver.query import Query

Versions = tuple[object, ...]
"""What an environment was made of: a commit id for each label or, without, a generation."""

_KNOWN_QUERIES = 10_000


class Answers:
    """Environments by query and versions, as many as fit; for the event loop only.

    In the current generation a query leads to its versions at once; in the next one they have to
    be asked for again, but what was computed for them is still good.

    Args:
        max_bytes: memory that they may hold, estimated.
    """

    def __init__(self, max_bytes: int) -> None:
        self._generation: object | None = None
        self._versions: LRUCache[Query, Versions] = LRUCache(_KNOWN_QUERIES)
        self._answers: LRUCache[tuple[Query, Versions], Environment] = LRUCache(
            max_bytes, getsizeof=weight
        )

    def current(self, query: Query, generation: object) -> Environment | None:
        """Return the answer of a generation, None if it is not known."""
        if generation is not self._generation:
            self._generation = generation
            self._versions.clear()
        versions = self._versions.get(query)
        return None if versions is None else self._answers.get((query, versions))

    def made_of(self, query: Query, versions: Versions, generation: object) -> Environment | None:
        """Return the answer made of these versions, None if it is not known."""
        if generation is self._generation:
            self._versions[query] = versions
        return self._answers.get((query, versions))

    def keep(self, query: Query, versions: Versions, environment: Environment) -> None:
        """Remember an answer, unless it is larger than all of the memory."""
        if weight(environment) <= self._answers.maxsize:
            self._answers[query, versions] = environment


def weight(environment: Environment) -> int:
    """Return about how many bytes an environment holds besides the shared parsed files."""
    return 1000 + sum(
        300 + len(source.name) + 50 * len(source.properties) for source in environment.sources
    )
