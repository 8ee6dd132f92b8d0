"""The nested repository that a query is for: it answers, or its failure is the answer."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from configserver.backends import Backend, Seen
from configserver.errors import NoSuchRepository, Unavailable
from configserver.model import Environment, File
from configserver.query import Query


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backend whose failures name the nested repository that it is.

    Attributes:
        backend: what answers.
        key: its name in `git.repos.*`.
        shown: its masked URI.
        is_template: whether the repository need not exist, because requests name it.
    """

    backend: Backend
    key: str
    shown: str
    is_template: bool = False

    def now(self) -> object | None:
        """See Backend."""
        return self.backend.now()

    async def sync(self) -> object:
        """See Backend.

        Raises:
            Unavailable: the repository cannot be served; another one never stands in for it.
        """
        with self._named():
            return await self.backend.sync()

    def seen(self) -> Seen:
        """See Backend."""
        return self.backend.seen()

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        with self._named():
            return await self.backend.find(query)

    async def file(self, query: Query, path: str) -> File:
        """See Backend."""
        with self._named():
            return await self.backend.file(query, path)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except NoSuchRepository as error:
            if self.is_template:
                raise
            raise self._unavailable(error) from None
        except Unavailable as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: NoSuchRepository | Unavailable) -> Unavailable:
        return Unavailable(
            f"the repository '{self.key}' cannot be served: {error.reason}",
            hint=error.hint,
            repository=error.repository or self.shown,
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """The repositories that a URI with `{profile}` names: the first one that exists answers.

    Attributes:
        members: one for each profile, the last profile's first.
    """

    members: Sequence[Chosen]

    def now(self) -> object | None:
        """See Backend; only the first one can tell that it need not be asked for."""
        generation = self.members[0].now()
        return None if generation is None else (0, generation)

    async def sync(self) -> object:
        """See Backend; they are asked one after the other, so that few are cloned."""
        for place, member in enumerate(self.members[:-1]):
            with suppress(NoSuchRepository):
                return place, await member.sync()
        return len(self.members) - 1, await self.members[-1].sync()

    def seen(self) -> Seen:
        """See Backend."""
        known = (member.seen() for member in self.members)
        return next((seen for seen in known if seen.seconds is not None), Seen(math.inf))

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        for member in self.members[:-1]:
            with suppress(NoSuchRepository):
                return await member.find(query)
        return await self.members[-1].find(query)

    async def file(self, query: Query, path: str) -> File:
        """See Backend."""
        for member in self.members[:-1]:
            with suppress(NoSuchRepository):
                return await member.file(query, path)
        return await self.members[-1].file(query, path)
