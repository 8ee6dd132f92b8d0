"""The port to where configuration lives; implementations stand beside it."""

from typing import Protocol

from configserver.model import Environment, File
from configserver.query import Query


class Backend(Protocol):
    """A place that turns a query into an environment or a file.

    `now` and `sync` let a cache in front of a backend answer without asking it: an answer made
    under one generation holds as long as `now()` returns that same object.
    """

    def now(self) -> object | None:
        """Return the current generation, or None if it must be asked for with `sync` first."""

    async def sync(self) -> object:
        """Look for news, wait for them within the configured limits, return the generation."""

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
