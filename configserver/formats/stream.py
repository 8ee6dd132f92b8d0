"""Flatten the events of ordinary YAML as they come, without a tree.

Nearly every file is maps of text keys, lists and plain values, and is flattened in half the time
and a third of the memory that a tree needs. A file with an anchor, an alias, a tag, a merge or a
key that is no text is left to `Composer` and `Flattener`, which give the same for all other files.
"""

from collections.abc import Callable
from typing import Any

from yaml import events

from configserver.errors import InvalidFile
from configserver.formats.flatten import JAVA_BLANKS
from configserver.formats.limits import Limits
from configserver.formats.missing import missing_place
from configserver.formats.nodes import Mark, error_at
from configserver.formats.places import LINE, Places
from configserver.formats.scalars import MAYBE_TYPED, Special, resolve_plain
from configserver.model import Document, Value

_SCALAR: Any = events.ScalarEvent
_MAPPING_END: Any = events.MappingEndEvent
_SEQUENCE_END: Any = events.SequenceEndEvent
_MAPPING: Any = events.MappingStartEvent


class NeedsTree(Exception):
    """The file holds what cannot be flattened as it comes, or an error that a tree tells."""


class Stream:
    """Flattens the documents of one file.

    Args:
        next_event: gives the next event of the stream.
        text: what the events stand for.
        limits: bounds on nesting, nodes, documents and flattened text.

    Attributes:
        nodes: what was read so far, as `Limits.max_nodes` counts.
    """

    def __init__(self, next_event: Callable[[], Any], text: str, limits: Limits) -> None:
        self.nodes = 0
        self._next = next_event
        self._source = text
        self._end = len(text)
        self._limits = limits
        self._keys = 0
        self._text = 0
        self._max_text = limits.max_text
        self._max_nodes = limits.max_nodes
        self._values: dict[str, Value] = {}
        self._origins: dict[str, int] = {}

    def documents(self) -> tuple[Document, ...]:
        """Return the documents that are not null.

        Raises:
            InvalidFile: a duplicate key, or too much.
            NeedsTree: there may be errors that were not found yet.
        """
        documents: list[Document] = []
        count = 0
        while type(event := self._next()) is not events.StreamEndEvent:
            if type(event) is not events.DocumentStartEvent:
                continue
            count += 1
            if count > self._limits.max_documents:
                raise error_at(
                    f"more than {self._limits.max_documents} documents", event.start_mark
                )
            self._values, self._origins = {}, {}
            if self._root(self._next()):
                documents.append(Document(self._values, Places(self._origins)))
        return tuple(documents)

    def _root(self, event: Any) -> bool:
        """Flatten a document; say whether it is there."""
        if type(event) is not _SCALAR:
            self._collection("" if type(event) is _MAPPING else "document", event, 0)
            return type(event) is _MAPPING or "document" not in self._values
        if self._scalar(event, False):
            raise NeedsTree
        return False

    def _collection(self, path: str, start: Any, depth: int) -> None:
        """Flatten a collection that is in `depth` others."""
        if depth >= self._limits.max_nesting or start.anchor is not None or start.tag is not None:
            raise NeedsTree
        self.nodes += 2
        if self.nodes > self._max_nodes:
            raise self._too_many(start)
        if type(start) is _MAPPING:
            self._mapping(path, depth + 1, in_flow=start.flow_style)
        elif not self._sequence(path, depth + 1, in_flow=start.flow_style):
            self._put(path, None, start.start_mark)

    def _mapping(self, path: str, depth: int, *, in_flow: bool) -> None:
        has_path = path.strip(JAVA_BLANKS) != ""
        prefix = f"{path}." if has_path else ""
        seen: set[str] = set()
        while type(event := self._next()) is not _MAPPING_END:
            name = self._scalar(event, in_flow)
            if type(name) is not str:
                raise NeedsTree
            key = path + name if has_path and name[:1] == "[" else prefix + name
            following = self._next()
            if type(following) is _SCALAR:
                value, mark = self._scalar(following, in_flow), following.start_mark
                if value is None and (in_flow or mark.index >= self._end) and not following.value:
                    mark = missing_place(self._source, mark, in_flow=in_flow)
                self._put(key, value, mark)
            else:
                self._collection(key, following, depth)
            if name in seen:
                raise error_at("duplicate key", event.start_mark)
            seen.add(name)

    def _sequence(self, path: str, depth: int, *, in_flow: bool) -> bool:
        """Flatten the items; say whether there is any."""
        prefix = path if path.strip(JAVA_BLANKS) else ""
        index = 0
        while type(event := self._next()) is not _SEQUENCE_END:
            key = f"{prefix}[{index}]"
            if type(event) is _SCALAR:
                self._put(key, self._scalar(event, in_flow), event.start_mark)
            else:
                self._collection(key, event, depth)
            index += 1
        return index > 0

    def _scalar(self, event: Any, in_flow: bool) -> Value | None:  # noqa: FBT001 - for speed
        if type(event) is not _SCALAR or event.tag is not None or event.anchor is not None:
            raise NeedsTree
        self.nodes += 1
        if self.nodes > self._max_nodes:
            raise self._too_many(event)
        text: str = event.value
        if event.style:
            return text
        if in_flow and "?" in text:
            raise NeedsTree
        if text[:1] not in MAYBE_TYPED:
            return text
        try:
            value = resolve_plain(text)
        except ValueError:
            raise NeedsTree from None
        if isinstance(value, Special):
            raise NeedsTree
        return value

    def _too_many(self, event: Any) -> InvalidFile:
        return error_at(f"more than {self._max_nodes} nodes", event.start_mark)

    def _put(self, key: str, value: Value | None, mark: Mark) -> None:
        if value is None:
            value = ""
        self._text += len(key) + (len(value) if type(value) is str else 8)
        self._keys += 1
        if self._keys > self._limits.max_keys:
            raise error_at(f"more than {self._limits.max_keys} keys", mark)
        if self._text > self._max_text:
            raise error_at(f"more than {self._max_text} characters flat", mark)
        self._values[key] = value
        self._origins[key] = mark.line + 1 << LINE | mark.column + 1
