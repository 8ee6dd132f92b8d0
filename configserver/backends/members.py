"""What backends made of several others share: one generation, one age."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from configserver.backends import Backend, Seen
from configserver.errors import ConfigError
from configserver.model import Environment, File
from configserver.query import Query


@dataclass(frozen=True, slots=True)
class Failed:
    """The generation of a member that cannot be asked: equal as long as it fails in one way."""

    kind: str


@dataclass(frozen=True, slots=True)
class Failing:
    """A member that cannot be had at all."""

    error: ConfigError

    def now(self) -> object | None:
        """See Backend."""
        return Failed(type(self.error).__name__)

    async def sync(self) -> object:
        """See Backend."""
        self._fail()

    def seen(self) -> Seen:
        """See Backend."""
        return Seen()

    async def find(self, query: Query) -> Environment:  # noqa: ARG002 - see Backend
        """See Backend."""
        self._fail()

    async def file(self, query: Query, path: str) -> File:  # noqa: ARG002 - see Backend
        """See Backend."""
        self._fail()

    def _fail(self) -> NoReturn:
        raise self.error.with_traceback(None)


def generation_of(members: Sequence[Backend]) -> tuple[object, ...] | None:
    """Return the generations of all, None if one of them must be asked for."""
    found = tuple(member.now() for member in members)
    return None if any(generation is None for generation in found) else found


async def look(members: Sequence[Backend], *, lenient: bool) -> tuple[object, ...]:
    """Ask all at the same time for news and return their generations.

    Args:
        members: at least one.
        lenient: whether those that fail may be left out, unless all do.

    Raises:
        ConfigError: what the first one says that fails, if that matters.
    """
    found = await asyncio.gather(*(member.sync() for member in members), return_exceptions=True)
    errors = [result for result in found if isinstance(result, BaseException)]
    for error in errors:
        if not (lenient and isinstance(error, ConfigError)):
            raise error
    if len(errors) == len(members):
        raise errors[0]
    return tuple(
        Failed(type(result).__name__) if isinstance(result, BaseException) else result
        for result in found
    )


def oldest(members: Sequence[Backend]) -> Seen:
    """Return the age of the oldest; stale if one of them is."""
    seen = [member.seen() for member in members]
    return Seen(max(one.age for one in seen), any(one.stale for one in seen))
