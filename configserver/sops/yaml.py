"""YAML files of SOPS: the values with the keys that lead to them, and how they are written."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from yaml import CLoader, MarkedYAMLError, YAMLError, events

from configserver.formats.limits import Limits
from configserver.formats.nodes import error_at
from configserver.formats.unicode import decode_yaml
from configserver.sops.parts import Leaf, Parts, Tree, damaged
from configserver.sops.recognise import ENCRYPTED, SOPS
from configserver.sops.scalars import plain_code
from configserver.sops.values import Kind, Plain

_SCALAR: Any = events.ScalarEvent
_END: Any = events.CollectionEndEvent

_DASH: Final = re.compile(r"-[ ]+\Z")
_COMMENT: Final = "type:comment]"
_REMARK: Final = re.compile(r"#(ENC\[AES256_GCM,[^\]\r\n]*\])")
_MOST_REMARKS: Final = 5_000
"""Encrypted comments that are opened: each has to be tried with all maps around it."""

_AFTER: Final = re.compile(r"\s*,")
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
_SHORT: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}


def read_yaml(data: bytes, limits: Limits) -> Parts:
    """Return a file taken apart.

    Raises:
        InvalidFile: it does not parse, holds what SOPS does not write, or is refused by `limits`.
    """
    text = decode_yaml(data)
    if "%TAG" in text or "\ufeff" in text:
        raise damaged("it has tags, or a byte order mark within the text")
    walk = _Walk(text, limits)
    try:
        walk.run()
    except MarkedYAMLError as error:
        raise error_at(f"invalid YAML: {error.problem}", error.problem_mark) from None
    except YAMLError:
        raise damaged("it is no YAML") from None
    if walk.metadata is None:
        raise damaged("'sops' is no map, or not in the first document")
    return Parts(text, "utf-8", walk.leaves, walk.metadata, walk.cuts, write_yaml)


def write_yaml(value: Plain) -> str:
    """Return a value as YAML on one line that SnakeYAML gives the same type.

    Raises:
        ValueError: bytes that are no text.
    """
    text = value.data.decode()
    match value.kind:
        case Kind.INT:
            return text
        case Kind.BOOL:
            return text.lower()
        case Kind.FLOAT:
            return _float(text)
        case Kind.COMMENT:
            return "#" + re.sub(r"[\r\n\x85\u2028\u2029]", " ", text)
        case _:
            return '"' + _ESCAPED.sub(_escape, text) + '"'


def _float(text: str) -> str:
    words = {"NaN": ".nan", "+Inf": ".inf", "-Inf": "-.inf"}
    return words.get(text) or repr(float(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _SHORT.get(match[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `key` is that of the pair, None where one comes next."""

    path: tuple[str, ...]
    is_map: bool
    flow: bool
    key: str | None = None


@dataclass(slots=True)
class _Walk:
    """Goes through the events of a file once."""

    text: str
    limits: Limits
    leaves: list[Leaf] = field(default_factory=list)
    cuts: list[tuple[int, int]] = field(default_factory=list)
    metadata: dict[str, Tree] | None = None
    _documents: int = 0
    _nodes: int = 0
    _end: int = 0
    """Offset behind what was read."""
    _remarks: int = 0
    """How many encrypted comments may be opened yet."""
    _stack: list[_Open] = field(default_factory=list)

    def run(self) -> None:
        """Read all of it."""
        self._remarks = _MOST_REMARKS if f"#{ENCRYPTED}" in self.text else 0
        next_event = CLoader(self.text).get_event
        while type(event := next_event()) is not events.StreamEndEvent:
            self._comments(event)
            if isinstance(event, events.DocumentStartEvent):
                self._documents += 1
            elif isinstance(event, _END):
                self._stack.pop()
                self._done()
            elif isinstance(event, events.NodeEvent):
                self._count(event)
                if not self._stack or self._stack[-1].key is not None or not self._stack[-1].is_map:
                    self._value(event)
                else:
                    self._key(event, next_event)

    def _comments(self, event: Any) -> None:
        """Note the encrypted comments between the last event and this one."""
        start = event.start_mark
        if self._remarks and start.index > self._end:
            found = _REMARK.finditer(self.text, self._end, start.index)
            for match in islice(found, self._remarks):
                place = match.start(), match.end(), start.line + 1
                self.leaves.append(Leaf(self._path(), match[1], None, *place, comment=True))
                self._remarks -= 1
        self._end = max(self._end, event.end_mark.index)

    def _count(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > self.limits.max_tree_nodes or self._documents > self.limits.max_documents:
            raise error_at("the file holds too many values or documents", event.start_mark)
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            raise error_at("a file of SOPS may not hold anchors", event.start_mark)
        if event.tag is not None:
            raise error_at("a file of SOPS may not hold tags", event.start_mark)

    def _key(self, event: Any, next_event: Callable[[], Any]) -> None:
        if not isinstance(event, _SCALAR):
            raise error_at("a key that is a list or map", event.start_mark)
        if len(self._stack) > 1 or event.value != SOPS:
            self._stack[-1].key = event.value
            return
        tree, end = self._tree(next_event(), next_event, 0), self._end
        if self._stack[-1].flow and (comma := _AFTER.match(self.text, end)):
            end = self._end = comma.end()
        self.cuts.append((event.start_mark.index, end))
        if self._documents == 1 and isinstance(tree, dict):
            if self.metadata is not None:
                raise error_at("'sops' stands there twice", event.start_mark)
            self.metadata = tree

    def _value(self, event: Any) -> None:
        path = self._path()
        if isinstance(event, events.CollectionStartEvent):
            if len(self._stack) >= self.limits.max_nesting:
                raise error_at("nested too deeply", event.start_mark)
            is_map = isinstance(event, events.MappingStartEvent)
            self._stack.append(_Open(path, is_map, bool(event.flow_style)))
            return
        text: str = event.value
        code = text.encode() if event.style else plain_code(text)
        start, end = event.start_mark, event.end_mark
        self.leaves.append(
            Leaf(
                path,
                text if event.style or code == text.encode() else None,
                code,
                start.index,
                end.index,
                start.line + 1,
                end.line - start.line,
                self._dash(start) if text.endswith(_COMMENT) else None,
            )
        )
        self._done()

    def _path(self) -> tuple[str, ...]:
        if not self._stack:
            return ()
        place = self._stack[-1]
        return place.path if place.key is None else (*place.path, place.key)

    def _done(self) -> None:
        if self._stack:
            self._stack[-1].key = None

    def _dash(self, start: Any) -> int | None:
        """Return where the item of a list in a block begins that a scalar is."""
        if not self._stack or self._stack[-1].is_map or self._stack[-1].flow:
            return None
        before = _DASH.search(self.text, start.index - start.column, start.index)
        return before.start() if before else None

    def _tree(self, event: Any, next_event: Callable[[], Any], depth: int) -> Tree:
        """Return the metadata that begins with an event."""
        self._count(event)
        self._end = event.end_mark.index
        if isinstance(event, _SCALAR):
            is_null = not event.style and plain_code(event.value) is None
            return None if is_null else event.value
        if depth > self.limits.max_nesting:
            raise error_at("nested too deeply", event.start_mark)
        items = []
        while not isinstance(following := next_event(), _END):
            items.append(self._tree(following, next_event, depth + 1))
        self._end = following.end_mark.index
        if isinstance(event, events.SequenceStartEvent):
            return items
        return dict(zip(map(str, items[::2]), items[1::2], strict=True))
