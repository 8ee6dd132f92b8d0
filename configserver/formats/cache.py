"""Parsed documents by the content they came from.

The one module of this package that is not pure: its lock comes from threading.
"""

import sys
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple, Protocol
from weakref import WeakValueDictionary

from cachetools import LRUCache

from configserver.errors import InvalidFile
from configserver.formats import format_of, parse
from configserver.formats.limits import DEFAULT, Limits
from configserver.model import Document
from configserver.snapshot import Snapshot

_PER_KEY = 200
"""Bytes of a key's places in two dictionaries, its position and the objects' headers."""

_ALWAYS: Final = None
"""The moment of what depends on its content alone."""


class Opener(Protocol):
    """Opens files that are encrypted as a whole; safe to ask from threads."""

    @property
    def epoch(self) -> object:
        """What is another one as soon as there are other keys."""

    def open(self, path: str, data: bytes) -> bytes | None:
        """Return what a file holds in plain text, None for one that is not encrypted.

        Raises:
            InvalidFile: it cannot be opened.
        """


class _Key(NamedTuple):
    """What documents are known by.

    Attributes:
        blob: the content of the file.
        format: how it is read.
        moment: until when they may be kept if they were encrypted, else `_ALWAYS`.
    """

    blob: str
    format: str
    moment: Hashable


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of a file: its documents, or why there are none.

    Attributes:
        documents: the non-empty ones.
        encrypted: whether the file had to be opened.
        failure: why there are none.
        weight: bytes that it takes, estimated.
    """

    documents: tuple[Document, ...]
    encrypted: bool
    failure: InvalidFile | None
    weight: int


class DocumentCache:
    """Remembers the documents of files by content, as many as fit; safe for several threads.

    Failures are remembered too. Threads that ask for one new file at the same time wait for the
    one that parses it, so that a slow file takes the time of one thread only. What was encrypted is
    remembered for a moment of its reader only: from `begin` to `end`.

    Args:
        max_bytes: memory that the parsed documents may hold, estimated.
        limits: bounds on each file.
        opener: opens what is encrypted; None reads all files as they are.

    Attributes:
        parsed: how many files were really parsed.
        opener: as given.
    """

    def __init__(
        self, max_bytes: int, limits: Limits = DEFAULT, *, opener: Opener | None = None
    ) -> None:
        self.parsed = 0
        self.opener = opener
        self._limits = limits
        self._lock = Lock()
        self._turns: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
        self._entries: LRUCache[_Key, Parsed] = LRUCache(
            max_bytes, getsizeof=lambda entry: entry.weight
        )
        self._moments: dict[Hashable, set[_Key]] = {}

    def begin(self, moment: Hashable) -> None:
        """Keep what was encrypted and is read in this moment, until `end`."""
        with self._lock:
            self._moments.setdefault(moment, set())

    def end(self, moment: Hashable) -> None:
        """Forget what was encrypted and read in this moment, also what is being read now."""
        with self._lock:
            for key in self._moments.pop(moment, ()):
                self._entries.pop(key, None)

    def documents(self, snapshot: Snapshot, path: str, suffix: str = "") -> tuple[Document, ...]:
        """Return the non-empty documents of the file at `path`; see `read`."""
        return self.read(snapshot, path, suffix).documents

    def read(
        self, snapshot: Snapshot, path: str, suffix: str = "", *, moment: Hashable = _ALWAYS
    ) -> Parsed:
        """Return what came of the file at `path`, if it has documents.

        Args:
            snapshot: where the file is.
            path: chooses the format by its suffix.
            suffix: chooses the format instead, as an import of `raw[.yml]` asks.
            moment: until when this may be kept of a file that is encrypted.

        Raises:
            InvalidFile: the file does not parse or cannot be opened; with path and version.
            KeyError: there is no such file.
        """
        blob = snapshot.blob(path)
        if blob is None:
            raise KeyError(path)
        key = _Key(blob, format_of(path + suffix).name, moment)
        entry = self._known(key) or self._new(key, path + suffix, snapshot.read(path))
        if entry.failure is not None:
            raise entry.failure.at(path=path, version=snapshot.version)
        return entry

    def _known(self, key: _Key) -> Parsed | None:
        with self._lock:
            return self._entries.get(key._replace(moment=_ALWAYS)) or self._entries.get(key)

    def _new(self, key: _Key, path: str, data: bytes) -> Parsed:
        """Parse a file, unless another thread has done so by the time it is our turn."""
        with self._lock:
            turn = self._turns.setdefault((key.blob, key.format), Lock())
        with turn:
            if known := self._known(key):
                return known
            entry = _parsed(path, data, self._limits, self.opener)
            with self._lock:
                self.parsed += 1
                if entry.weight <= self._entries.maxsize:
                    self._keep(key, entry)
            return entry

    def _keep(self, key: _Key, entry: Parsed) -> None:
        if not entry.encrypted:
            self._entries[key._replace(moment=_ALWAYS)] = entry
        elif (keys := self._moments.get(key.moment)) is not None:
            keys.add(key)
            self._entries[key] = entry


def _parsed(path: str, data: bytes, limits: Limits, opener: Opener | None) -> Parsed:
    encrypted = True
    try:
        plain = opener.open(path, data) if opener else None
        encrypted = plain is not None
        documents = parse(path, data if plain is None else plain, limits)
    except InvalidFile as failure:
        return Parsed((), encrypted, failure, weight=1000)
    return Parsed(documents, encrypted, None, weight=sum(map(_weight, documents), start=500))


def _weight(document: Document) -> int:
    return 500 + sum(
        _PER_KEY + sys.getsizeof(key) + sys.getsizeof(value)
        for key, value in document.properties.items()
    )
