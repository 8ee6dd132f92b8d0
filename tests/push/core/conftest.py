"""Real repositories, as for the backends."""

from tests.backends.conftest import daemon, make_repository, no_blocking, repository

__all__ = ["daemon", "make_repository", "no_blocking", "repository"]
