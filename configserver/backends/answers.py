"""Environments that were computed before."""

from typing import NamedTuple

from cachetools import LRUCache

from configserver.model import Environment
from configserver.query import Query

Versions = tuple[object, ...]
"""What an environment was made of: a commit id for each label or, without, a generation."""

_KNOWN_QUERIES = 20_000


class Found(NamedTuple):
    """An environment, and whether a file of it was encrypted."""

    environment: Environment
    encrypted: bool = False


class Memory:
    """What all backends remember together; for the event loop only.

    Args:
        max_bytes: memory that environments may hold, estimated.
    """

    def __init__(self, max_bytes: int) -> None:
        self.versions: LRUCache[tuple[object, Query], tuple[int, Versions]] = LRUCache(
            _KNOWN_QUERIES
        )
        self.answers: LRUCache[tuple[object, Query, Versions], Found] = LRUCache(
            max_bytes, getsizeof=lambda found: weight(found.environment)
        )


class Answers:
    """The environments of one backend by query and versions, as many as fit.

    In the current generation a query leads to its versions at once; in the next one they have to
    be asked for again, but what was computed for them is still good. Only what was encrypted is
    computed anew, so that no plain text outlives the generation that it was served in.

    Args:
        memory: shared with other backends.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._owner = object()
        self._generation: object | None = None
        self._count = 0
        self._has_encrypted = False

    def current(self, query: Query, generation: object) -> Environment | None:
        """Return the answer of a generation, None if it is not known."""
        self.enter(generation)
        count, versions = self._memory.versions.get((self._owner, query), (0, ()))
        return self._known(query, versions) if count == self._count else None

    def enter(self, generation: object) -> None:
        """Begin a generation, if it is a new one."""
        if generation is self._generation:
            return
        self._generation = generation
        self._count += 1
        if self._has_encrypted:
            self._has_encrypted = False
            self._forget_encrypted()

    def made_of(self, query: Query, versions: Versions, generation: object) -> Environment | None:
        """Return the answer made of these versions, None if it is not known."""
        if generation is self._generation:
            self._memory.versions[self._owner, query] = (self._count, versions)
        return self._known(query, versions)

    def keep(self, query: Query, versions: Versions, found: Found, generation: object) -> None:
        """Remember an answer, unless it is larger than all of the memory, or its time is over."""
        if found.encrypted:
            if generation is not self._generation:
                return
            self._has_encrypted = True
        if weight(found.environment) <= self._memory.answers.maxsize:
            self._memory.answers[self._owner, query, versions] = found

    def _known(self, query: Query, versions: Versions) -> Environment | None:
        found = self._memory.answers.get((self._owner, query, versions))
        return None if found is None else found.environment

    def _forget_encrypted(self) -> None:
        answers = self._memory.answers
        for key in [
            key for key, found in answers.items() if found.encrypted and key[0] is self._owner
        ]:
            del answers[key]


def weight(environment: Environment) -> int:
    """Return about how many bytes an environment holds besides the shared parsed files."""
    return 1000 + sum(
        300 + len(source.name) + 50 * len(source.properties) for source in environment.sources
    )
