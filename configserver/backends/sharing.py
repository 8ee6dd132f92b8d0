"""Property sources that all applications have in common that have no files of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from configserver.environment.search import Location
from configserver.model import Document, PropertySource
from configserver.query import Query
from configserver.snapshot import Snapshot

_SHARED: Final = "application"
_MAX_SITES: Final = 500
"""Places that are looked at to share; where there are more, nothing is shared."""

_MAX_GROUPS: Final = 200
"""Groups of queries that sources are kept for, until what is served changes."""

_NOT_UNIFORM: Final = re.compile(r"[^a-z0-9]")
_DECIDES: Final = ("springconfig", "springprofiles", "springmain")
_SPECIAL: Final = frozenset("%/\\*")


class Trace(Snapshot):
    """A snapshot that takes note of what is looked for in it, for one environment.

    Args:
        inner: the snapshot.
    """

    def __init__(self, inner: Snapshot) -> None:
        self.version = inner.version
        self._inner = inner
        self._sites: dict[tuple[str, str], None] = {}
        self._varies = False

    def blob(self, path: str) -> str | None:
        """See Snapshot."""
        folder, slash, name = path.rpartition("/")
        if name.startswith(_SHARED):
            self._sites[folder + slash, name[len(_SHARED) :]] = None
        return self._inner.blob(path)

    def read(self, path: str) -> bytes:
        """See Snapshot; what is read so is not known to be free of placeholders."""
        self._varies = True
        return self._inner.read(path)

    def folders(self, path: str) -> tuple[str, ...]:
        """See Snapshot."""
        return self._inner.folders(path)

    def is_folder(self, path: str) -> bool:
        """See Snapshot."""
        return self._inner.is_folder(path)

    def loaded(self, documents: tuple[Document, ...]) -> tuple[Document, ...]:
        """Take note of the documents of a file, and return them."""
        self._varies = self._varies or any(map(_may_name, documents))
        return documents

    @property
    def sites(self) -> tuple[tuple[str, str], ...] | None:
        """Where files of an application are looked for: what stands before its name and behind.

        It is where those of everybody are. None if the names of applications may decide otherwise.
        """
        return None if self._varies or len(self._sites) > _MAX_SITES else tuple(self._sites)


@dataclass(frozen=True, slots=True)
class Shared:
    """Sources without any file of the application that they were found for.

    Attributes:
        sources: highest precedence first.
        sites: see Trace.
        encrypted: whether one of the files was encrypted.
    """

    sources: tuple[PropertySource, ...]
    sites: Sequence[tuple[str, str]]
    encrypted: bool

    def are_for(self, query: Query, snapshot: Snapshot) -> bool:
        """Say whether nothing else would be found for a query."""
        return all(self._have_none(name, snapshot) for name in query.applications)

    def _have_none(self, name: str, snapshot: Snapshot) -> bool:
        if not _SPECIAL.isdisjoint(name):
            return False
        return all(snapshot.blob(before + name + behind) is None for before, behind in self.sites)


class Sharing:
    """What is shared as long as what is served does not change; safe for several threads.

    An application that has no file at any of the places that are looked at gets the same as all
    others without. Its name could matter otherwise in two ways: search locations that hold it are
    compared, and with placeholders that may lead to it nothing is shared.
    """

    def __init__(self) -> None:
        self._known: dict[object, Shared] = {}

    def get(self, query: Query, locations: Sequence[Location], snapshot: Snapshot) -> Shared | None:
        """Return the sources of a query, if others have the same ones."""
        known = self._known.get(_group(query, locations, snapshot))
        return known if known is not None and known.are_for(query, snapshot) else None

    def put(
        self, query: Query, locations: Sequence[Location], snapshot: Snapshot, found: Shared
    ) -> None:
        """Let others have the sources of a query, if it is one without files."""
        if snapshot.version is None or not found.are_for(query, snapshot):
            return
        if len(self._known) >= _MAX_GROUPS:
            self._known.clear()
        self._known[_group(query, locations, snapshot)] = found


def _group(query: Query, locations: Sequence[Location], snapshot: Snapshot) -> object:
    return snapshot.version, query.profiles, tuple(locations)


def _may_name(document: Document) -> bool:
    """Say whether a placeholder in a document may lead to the names of applications.

    They are in `spring.config.name`, which only keys about imports, conditions, profiles and the
    cloud platform can refer to, directly or not.
    """
    return any(
        isinstance(value, str)
        and "${" in value
        and _NOT_UNIFORM.sub("", key.lower()).startswith(_DECIDES)
        for key, value in document.properties.items()
    )
