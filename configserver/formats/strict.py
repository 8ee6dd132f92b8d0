"""What libyaml accepts and SnakeYAML refuses: most tabs, some escapes, some question marks."""

import re
from collections.abc import Callable
from typing import Any

from yaml import events

from configserver.errors import InvalidFile
from configserver.formats.nodes import error_at
from configserver.formats.unicode import error_before

_SUSPECT = re.compile(r"\t|\\/|[|>][-+0-9]*#")
_SUSPECT_TREE = re.compile(r"\?|![^\s,!]*,")
_TAB = re.compile("(?:\\A|(?<=[\r\n\x85\u2028\u2029]))[^#\t\r\n\x85\u2028\u2029]*\t")
"""The first tab of a gap that is in no comment."""
_PROPERTIES = re.compile(r"(?:[!&][^ \t\r\n\x85\u2028\u2029]*[ \t\r\n\x85\u2028\u2029]*)*")
_HEADER = re.compile(r"[|>][-+0-9]*(?:#| *\t)")
_CONTINUED = re.compile("[\r\n\x85\u2028\u2029] *\t")


def strict(
    next_event: Callable[[], Any], text: str, *, ordinary: bool = False
) -> Callable[[], Any]:
    """Return `next_event` with a check of each event, where `text` holds anything to check.

    Args:
        next_event: gives the events of `text`.
        text: the whole file.
        ordinary: whether tags, and question marks in brackets, are somebody else's business.
    """
    suspect = _SUSPECT.search(text) or (not ordinary and _SUSPECT_TREE.search(text))
    return _Checker(next_event, text).next_event if suspect else next_event


class _Checker:
    """Looks at the text of each event and at what stands between it and the one before."""

    def __init__(self, next_event: Callable[[], Any], text: str) -> None:
        self._next = next_event
        self._text = text
        self._end = 0
        self._after_plain = False
        self._flow = 0

    def next_event(self) -> Any:
        event = self._next()
        start, end = event.start_mark.index, event.end_mark.index
        if start > self._end:
            self._check_gap(self._text[self._end : start])
        if end > self._end:
            self._end = end
            self._after_plain = False
            self._check_node(self._text[start:end], event)
        if isinstance(event, events.CollectionStartEvent):
            self._flow += bool(event.flow_style)
        elif isinstance(event, events.CollectionEndEvent) and self._flow:
            self._flow -= 1
        return event

    def _check_gap(self, gap: str) -> None:
        if "\t" not in gap:
            return
        begin = len(gap) - len(gap.lstrip(" \t")) if self._after_plain else 0
        if tab := _TAB.search(gap[begin:]):
            raise self._tab(self._end + begin + tab.end() - 1)

    def _check_node(self, raw: str, event: Any) -> None:
        properties = _PROPERTIES.match(raw)
        begin = properties.end() if properties else 0
        if (tab := raw.find("\t", 0, begin)) >= 0:
            raise self._tab(self._end - len(raw) + tab)
        if self._text[self._end : self._end + 1] == "," and _ends_in_tag(raw[:begin], raw):
            raise error_at("a comma may not follow a tag", event.start_mark)
        if isinstance(event, events.ScalarEvent):
            self._check_scalar(raw, begin, event)

    def _check_scalar(self, raw: str, begin: int, event: Any) -> None:
        if raw[begin : begin + 1] == '"':
            escapes = raw.replace(r"\\", "")
            if r"\/" in escapes or "\\\t" in escapes:
                raise error_at("unknown escape in a double-quoted text", event.start_mark)
        elif raw[begin : begin + 1] in {"|", ">"}:
            if _HEADER.match(raw, begin):
                raise error_at("unexpected character behind a block indicator", event.start_mark)
        elif raw[begin : begin + 1] != "'":
            self._after_plain = begin < len(raw)
            if tabs := _CONTINUED.search(raw, begin):
                raise self._tab(self._end - len(raw) + tabs.end() - 1)
            if self._flow and "?" in raw[begin:]:
                raise error_at("a plain text may not hold '?' in brackets", event.start_mark)

    def _tab(self, index: int) -> InvalidFile:
        return error_before("a tab may not stand here", self._text[:index])


def _ends_in_tag(properties: str, raw: str) -> bool:
    """Say whether a node is nothing but properties, of which the last is a tag."""
    words = raw.split()
    return properties == raw and bool(words) and words[-1].startswith("!")
