"""Build the node trees of a YAML stream from its events."""

from collections.abc import Callable, Iterator
from typing import Any

from yaml import events

from configserver.formats.limits import Limits
from configserver.formats.missing import missing_place
from configserver.formats.nodes import (
    Key,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    TrackedKey,
    error_at,
    identity,
)
from configserver.formats.scalars import Special, construct, resolve_plain

_TAG = "tag:yaml.org,2002:"


class Composer:
    """Turns events into node trees, one document after the other.

    Args:
        next_event: gives the next event of the stream.
        text: what the events stand for.
        limits: bounds on nesting, nodes and documents.
    """

    def __init__(self, next_event: Callable[[], Any], text: str, limits: Limits) -> None:
        self._next = next_event
        self._text = text
        self._limits = limits
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self.merges = False

    def documents(self) -> Iterator[Node]:
        """Yield the root of each document; `merges` then says whether it has merge keys.

        Raises:
            InvalidFile: a duplicate key, an unknown alias or tag, too deep, too much.
        """
        count = 0
        while True:
            event = self._next()
            kind = type(event)
            if kind is events.StreamEndEvent:
                return
            if kind is not events.DocumentStartEvent:
                continue
            count += 1
            if count > self._limits.max_documents:
                raise error_at(
                    f"more than {self._limits.max_documents} documents", event.start_mark
                )
            self._anchors.clear()
            self.merges = False
            yield self._node(self._next(), 0)

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        self._nodes += 2 if isinstance(event, events.CollectionStartEvent) else 1
        if self._nodes > self._limits.max_nodes:
            raise error_at(f"more than {self._limits.max_nodes} nodes", event.start_mark)
        if kind is events.AliasEvent:
            return self._alias(event)
        if depth > self._limits.max_nesting:
            raise error_at(
                f"nested more than {self._limits.max_nesting} levels deep", event.start_mark
            )
        if kind is events.ScalarEvent:
            node: Node = _scalar(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            return node
        if kind is events.SequenceStartEvent:
            return self._sequence(event, depth + 1)
        return self._mapping(event, depth + 1)

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise error_at("an alias without an anchor", event.start_mark)
        return node

    def _sequence(self, event: Any, depth: int) -> Node:
        items: list[Node] = []
        node = Sequence(items, event.start_mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        while type(following := self._next()) is not events.SequenceEndEvent:
            item = self._node(following, depth)
            if type(item) is Scalar and item.value is Special.MERGE:
                raise error_at("a merge key is no value", following.start_mark)
            items.append(item)
        if event.tag == f"{_TAG}omap" and items:
            ordered = _ordered(node, event.start_mark)
            if event.anchor is not None:
                self._anchors[event.anchor] = ordered
            return ordered
        if event.tag is None or event.tag in {"!", f"{_TAG}seq", f"{_TAG}omap"}:
            return node
        raise error_at("this tag is not allowed for a sequence", event.start_mark)

    def _mapping(self, event: Any, depth: int) -> Node:
        node = Mapping([], event.start_mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._pairs(node, depth, in_flow=event.flow_style)
        if event.tag is None or event.tag in {"!", f"{_TAG}map"}:
            return node
        if event.tag == f"{_TAG}set":
            node.is_set = True
            return node
        raise error_at("this tag is not allowed for a mapping", event.start_mark)

    def _pairs(self, node: Mapping, depth: int, *, in_flow: bool) -> None:
        seen = set()
        while type(following := self._next()) is not events.MappingEndEvent:
            key = self._node(following, depth)
            event = self._next()
            value = self._node(event, depth)
            if type(value) is Scalar and event.start_mark.index == event.end_mark.index:
                value.mark = missing_place(self._text, event.start_mark, in_flow=in_flow)
            node.pairs.append((key, value))
            if type(key) is Scalar and key.value is Special.MERGE:
                node.merges = self.merges = True
                continue
            if type(value) is Scalar and value.value is Special.MERGE:
                raise error_at("a merge key is no value", value.mark)
            known = identity(key)
            if known in seen:
                raise error_at("duplicate key", following.start_mark)
            seen.add(known)


def _scalar(event: Any) -> Scalar:
    try:
        if event.tag is not None and event.tag != "!":
            return Scalar(construct(event.tag, event.value), event.start_mark)
        if event.implicit[0]:
            return Scalar(resolve_plain(event.value), event.start_mark)
    except ValueError as error:
        raise error_at(str(error), event.start_mark) from None
    return Scalar(event.value, event.start_mark)


def _ordered(node: Sequence, mark: Mark) -> Mapping:
    """Make a `!!omap`, a list of maps with one pair each, one map."""
    pairs: list[tuple[Key, Node]] = []
    for item in node.items:
        if not isinstance(item, Mapping) or len(item.pairs) != 1:
            raise error_at("an ordered map needs maps of one pair", mark)
        key, value = item.pairs[0]
        pairs.append((TrackedKey(key) if isinstance(key, Scalar) else key, value))
    return Mapping(pairs, mark)
