"""How long what was encrypted in files may be kept in plain text, and reading meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from configserver.backends.answers import Versions
from configserver.backends.sharing import Shared, Sharing, Trace
from configserver.environment.assemble import assemble
from configserver.environment.naming import Naming
from configserver.environment.search import Location
from configserver.formats.cache import DocumentCache
from configserver.model import Document, PropertySource
from configserver.query import Query
from configserver.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """As long as neither what is served nor the keys of what is encrypted change.

    Attributes:
        served: the generation of the source.
        epoch: of the keys, None without any.
        sharing: what applications have in common.
    """

    served: object
    epoch: object
    sharing: Sharing = field(default_factory=Sharing, repr=False)

    @property
    def generation(self) -> object:
        """What the backend gives as its generation."""
        return self.served if self.epoch is None else (self.served, self.epoch)

    def versions(self, snapshots: Sequence[tuple[str | None, Snapshot]]) -> Versions:
        """Return what an environment is made of."""
        return tuple(
            (snapshot.version or self.served, snapshot.stand_in) for _, snapshot in snapshots
        )


BEFORE: Final = Moment(object(), None)
"""The moment of a backend that was not asked for anything yet, or is closed."""


class Reader:
    """Reads files for one environment, and knows whether any of them was encrypted."""

    def __init__(self, documents: DocumentCache, moment: Moment) -> None:
        self._documents = documents
        self._moment = moment
        self.encrypted = False

    def sources(
        self, query: Query, locations: Sequence[Location], snapshot: Snapshot, naming: Naming
    ) -> tuple[PropertySource, ...]:
        """Return the property sources of a query; see `assemble`."""
        sharing = self._moment.sharing
        if known := sharing.get(query, locations, snapshot):
            self.encrypted = self.encrypted or known.encrypted
            return known.sources
        trace = Trace(snapshot)
        sources = assemble(
            query,
            locations,
            trace,
            documents=lambda path: trace.loaded(self.documents(snapshot, path)),
            naming=naming,
        )
        if trace.sites is not None:
            shared = Shared(sources, trace.sites, self.encrypted)
            sharing.put(query, locations, snapshot, shared)
        return sources

    def documents(self, snapshot: Snapshot, path: str) -> tuple[Document, ...]:
        """Return the non-empty documents of a file."""
        found = self._documents.read(snapshot, path, moment=self._moment)
        self.encrypted = self.encrypted or found.encrypted
        return found.documents
