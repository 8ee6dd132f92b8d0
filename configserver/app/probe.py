"""What the health endpoints are told."""

from collections.abc import Sequence
from typing import Protocol

from configserver.web.health import Repository


class Served(Protocol):
    """A source whose health is of interest; all of it answers at once."""

    def ready(self) -> bool:
        """Say whether something can be served."""

    def commit(self) -> str | None:
        """Say which commit is served by default, None if unknown."""


class Health:
    """The health of a server: ready as soon as each of its backends has something to serve.

    Args:
        main: the default repository of each backend; nested ones do not keep a server from being
            ready.
    """

    def __init__(self, main: Sequence[Served]) -> None:
        self._main = main

    def ready(self) -> bool:
        """See Probe."""
        return all(source.ready() for source in self._main)

    def commit(self) -> str | None:
        """See Probe; None for several backends."""
        return self._main[0].commit() if len(self._main) == 1 else None

    def repositories(self) -> Sequence[Repository]:
        """See Probe."""
        return ()
