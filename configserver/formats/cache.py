"""Parsed documents by the content they came from.

The one module of this package that is not pure: its lock comes from threading.
"""

import sys
from dataclasses import dataclass
from threading import Lock
from weakref import WeakValueDictionary

from cachetools import LRUCache

from configserver.errors import InvalidFile
from configserver.formats import format_of, parse
from configserver.formats.limits import DEFAULT, Limits
from configserver.model import Document
from configserver.snapshot import Snapshot

_PER_KEY = 200
"""Bytes of a key's places in two dictionaries, its position and the objects' headers."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What came of a file: its documents, or why there are none."""

    documents: tuple[Document, ...]
    failure: InvalidFile | None
    weight: int


class DocumentCache:
    """Remembers the documents of files by content, as many as fit; safe for several threads.

    Failures are remembered too. Threads that ask for one new file at the same time wait for the
    one that parses it, so that a slow file takes the time of one thread only.

    Args:
        max_bytes: memory that the parsed documents may hold, estimated.
        limits: bounds on each file.

    Attributes:
        parsed: how many files were really parsed.
    """

    def __init__(self, max_bytes: int, limits: Limits = DEFAULT) -> None:
        self.parsed = 0
        self._limits = limits
        self._lock = Lock()
        self._turns: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
        self._entries: LRUCache[tuple[str, str], _Parsed] = LRUCache(
            max_bytes, getsizeof=lambda entry: entry.weight
        )

    def documents(self, snapshot: Snapshot, path: str, suffix: str = "") -> tuple[Document, ...]:
        """Return the non-empty documents of the file at `path`.

        Args:
            snapshot: where the file is.
            path: chooses the format by its suffix.
            suffix: chooses the format instead, as an import of `raw[.yml]` asks.

        Raises:
            InvalidFile: the file does not parse; with path and version.
            KeyError: there is no such file.
        """
        blob = snapshot.blob(path)
        if blob is None:
            raise KeyError(path)
        key = (blob, format_of(path + suffix).name)
        entry = self._known(key) or self._new(key, path + suffix, snapshot.read(path))
        if entry.failure is not None:
            raise entry.failure.at(path=path, version=snapshot.version)
        return entry.documents

    def _known(self, key: tuple[str, str]) -> _Parsed | None:
        with self._lock:
            return self._entries.get(key)

    def _new(self, key: tuple[str, str], path: str, data: bytes) -> _Parsed:
        """Parse a file, unless another thread has done so by the time it is our turn."""
        with self._lock:
            turn = self._turns.setdefault(key, Lock())
        with turn:
            if known := self._known(key):
                return known
            entry = _parse(path, data, self._limits)
            with self._lock:
                self.parsed += 1
                if entry.weight <= self._entries.maxsize:
                    self._entries[key] = entry
            return entry


def _parse(path: str, data: bytes, limits: Limits) -> _Parsed:
    try:
        documents = parse(path, data, limits)
    except InvalidFile as failure:
        return _Parsed((), failure, weight=1000)
    return _Parsed(documents, None, weight=sum(map(_weight, documents), start=500))


def _weight(document: Document) -> int:
    return 500 + sum(
        _PER_KEY + sys.getsizeof(key) + sys.getsizeof(value)
        for key, value in document.properties.items()
    )
