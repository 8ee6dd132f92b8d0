"""One generation of a mirror, open for reading."""

from contextlib import closing
from errno import EACCES, EMFILE, ENFILE, ENOMEM, EPERM
from pathlib import Path
from typing import Final

from configserver.backends.git.mirrors.soundness import damage_of
from configserver.backends.git.ref_files import RefFiles
from configserver.backends.git.refs import Refs
from configserver.backends.git.repository import Repository
from configserver.errors import BackendFailure

_PASSING: Final = frozenset({EMFILE, ENFILE, ENOMEM, EACCES, EPERM})
"""Errors that say nothing of the mirror itself."""


class Mirror:
    """A whole bare repository that nobody but the processes that fetch writes to.

    Args:
        path: where it is.

    Raises:
        BackendFailure: it cannot be opened.
        OSError: it cannot be told whether it can: too many files are open, or rights are missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.repository = Repository(str(path))
        except BackendFailure as error:
            cause = error.__context__
            if isinstance(cause, OSError) and cause.errno in _PASSING:
                raise cause from None
            raise
        self._files = RefFiles(self.repository.git, branches_first=True)

    def __repr__(self) -> str:
        return f"Mirror({self.path.name!r})"

    def refs(self) -> Refs:
        """Return the refs, the same object as before if none moved; by one thread at a time.

        Raises:
            OSError: they cannot be read.
        """
        return self._files.read()

    def close(self) -> None:
        """Close it; what was read of it stays."""
        self.repository.close()


def damage_at(path: Path, object_id: str | None = None) -> str | None:
    """Say what is wrong with a mirror on disk, None if nothing was found; blocks.

    Args:
        path: where it is; nobody may be writing to it.
        object_id: an object that has to be there and readable.

    Raises:
        OSError: it cannot be told, as too many files are open.
    """
    try:
        with closing(Mirror(path)) as mirror:
            damage = damage_of(mirror.repository)
            if damage is None and object_id is not None:
                mirror.repository.require(object_id)
    except BackendFailure as error:
        return error.reason
    return damage
