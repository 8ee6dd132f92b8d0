"""The port to where configuration lives; implementations stand beside it."""

import math
from dataclasses import dataclass
from typing import Protocol

from configserver.model import Environment, File
from configserver.query import Query


@dataclass(frozen=True, slots=True)
class Seen:
    """How sure it is that what a backend serves is the newest.

    Attributes:
        age: seconds since its remotes were last seen, 0 for what is read in place, infinite if
            one of them was never seen by this process.
        stale: whether the last attempt to look at one of them failed, or takes longer than allowed.
    """

    age: float = 0.0
    stale: bool = False

    @property
    def seconds(self) -> int | None:
        """The age in whole seconds, None if it is infinite."""
        return None if math.isinf(self.age) else int(self.age)


class Backend(Protocol):
    """A place that turns a query into an environment or a file.

    `now` and `sync` let a cache in front of a backend answer without asking it: an answer made
    under one generation holds as long as `now()` returns one that is equal.
    """

    def now(self) -> object | None:
        """Return the current generation, or None if it must be asked for with `sync` first."""

    async def sync(self) -> object:
        """Look for news, wait for them within the configured limits, return the generation.

        Raises:
            NoSuchRepository: nothing was ever fetched.
            BackendFailure: nothing can be served, or only what is older than allowed.
        """

    def seen(self) -> Seen:
        """Say at once how fresh the current generation is."""

    async def find(self, query: Query) -> Environment:
        """Return the environment.

        Raises:
            ConfigError: what went wrong, with repository, version, file and line where known.
        """

    async def file(self, query: Query, path: str) -> File:
        """Return the plain file that stands for `path` in the query's profiles.

        Raises:
            NoSuchFile: there is none, or it is outside of what is served.
            ConfigError: as for `find`.
        """


class Router(Protocol):
    """Which backend answers which query; what it returns may be kept and asked again."""

    def route(self, query: Query) -> Backend:
        """Return the backend for a query, at once and without any I/O.

        Raises:
            NoSuchRepository: no repository can have that name, or none was found a while ago.
        """


@dataclass(frozen=True, slots=True)
class Everything:
    """The router of a server with one backend."""

    backend: Backend

    def route(self, query: Query) -> Backend:  # noqa: ARG002 - see Router
        """See Router."""
        return self.backend
