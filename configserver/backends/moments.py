"""How long what was encrypted in files may be kept in plain text."""

from dataclasses import dataclass
from typing import Final

from configserver.formats.cache import DocumentCache
from configserver.model import Document
from configserver.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """As long as neither what is served nor the keys of what is encrypted change.

    Attributes:
        served: the generation of the source.
        epoch: of the keys, None without any.
    """

    served: object
    epoch: object

    @property
    def generation(self) -> object:
        """What the backend gives as its generation."""
        return self.served if self.epoch is None else (self.served, self.epoch)


BEFORE: Final = Moment(object(), None)
"""The moment of a backend that was not asked for anything yet, or is closed."""


class Reader:
    """Reads files for one environment, and knows whether any of them was encrypted."""

    def __init__(self, documents: DocumentCache, moment: Moment) -> None:
        self._documents = documents
        self._moment = moment
        self.encrypted = False

    def documents(self, snapshot: Snapshot, path: str) -> tuple[Document, ...]:
        """Return the non-empty documents of a file."""
        found = self._documents.read(snapshot, path, moment=self._moment)
        self.encrypted = self.encrypted or found.encrypted
        return found.documents
