"""Where the values of a YAML file stand."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from yaml import CLoader, YAMLError, events

from configserver.formats import Limits
from configserver.formats.scanner import SnakeLoader
from configserver.formats.unicode import decode_yaml
from configserver.formats.yaml import parse_yaml
from configserver.model import Document
from configserver.secrets.sites import Site, Source, keys_by_place

_ENCODINGS: Final = ("utf-8", "utf-16-be", "utf-16-le")
_ANCHOR: Final = re.compile(r"&\S+")
_PROPERTIES: Final = re.compile(r"(?:[!&]\S*\s*)*")
_BLOCK_HEAD: Final = re.compile("[|>][-+0-9]*([ \t]+#[^\r\n\x85\u2028\u2029]*)?")
_TABS: Final = re.compile("[ \t]*\t[ \t]*")
_LAST_LINES: Final = re.compile("(?:[ \t]*(?:\r\n|[\r\n\x85\u2028\u2029]))+\\Z")


def read_yaml(data: bytes, limits: Limits) -> Source:
    """Return a file taken apart.

    Raises:
        InvalidFile: the file is refused by a server, too.
    """
    documents = parse_yaml(data, limits)
    text = decode_yaml(data)
    encoding = next(one for one in _ENCODINGS if data.endswith(text.encode(one)))
    mark = data[: len(data) - len(text.encode(encoding))]
    return Source(text, mark, encoding, tuple(_sites(text, documents)), documents)


def _sites(text: str, documents: tuple[Document, ...]) -> Iterator[Site]:
    keys = keys_by_place(documents)
    for event in _values(text):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        found = tuple(keys.get(place, ()))
        value = documents[found[0][0]].properties[found[0][1]] if found else event.value
        start, end, before, after = _span(text, event)
        quote = '"' if event.style == '"' else "'"
        yield Site(found, value, start, end, *place, quote, before, after)


def _values(text: str) -> list[Any]:
    """Return the scalars that are no keys, by the scanner that also the server would choose."""
    if "\ufeff" not in text:
        try:
            return list(_scalars(CLoader(text).get_event))
        except YAMLError:
            pass
    return list(_scalars(SnakeLoader(text).get_event))


def _scalars(next_event: Callable[[], Any]) -> Iterator[Any]:
    """Yield the scalars that are no keys, nor within a key that is a list or map."""
    is_key: list[bool | None] = []
    """For each open collection whether a key comes next; None in a list."""
    key_depth = 0
    """How many collections were open around the outermost key that is one itself, and it."""
    while type(event := next_event()) is not events.StreamEndEvent:
        if isinstance(event, events.CollectionEndEvent):
            if len(is_key) == key_depth:
                key_depth = 0
            is_key.pop()
            continue
        if not isinstance(event, events.NodeEvent):
            continue
        at_key = bool(is_key and is_key[-1])
        if is_key and is_key[-1] is not None:
            is_key[-1] = not is_key[-1]
        if isinstance(event, events.CollectionStartEvent):
            is_key.append(True if isinstance(event, events.MappingStartEvent) else None)
            key_depth = key_depth or (len(is_key) if at_key else 0)
        elif isinstance(event, events.ScalarEvent) and not at_key and not key_depth:
            yield event


def _span(text: str, event: Any) -> tuple[int, int, str, str]:
    """Return start and end of a scalar without its properties, and what to put around it."""
    start, end = event.start_mark.index, event.end_mark.index
    raw = text[start:end]
    before = after = ""
    properties = ""
    if (event.anchor is not None or event.tag is not None) and (found := _PROPERTIES.match(raw)):
        properties = found[0]
    if event.tag is None:
        start += len(properties)
    elif anchor := _ANCHOR.search(properties):
        # The new value is a text whatever the old one was, so the tag has to go.
        before = f"{anchor[0]} "
    if event.style in {"|", ">"}:
        head = _BLOCK_HEAD.match(raw, len(properties))
        after = head[1] or "" if head else ""
        if tail := _LAST_LINES.search(raw):
            end -= len(raw) - tail.start()
    elif not event.style and (tabs := _TABS.match(text, end)):
        # A tab may stand behind a plain text, but not behind one in quotes.
        end = tabs.end()
        after = " " if text[end : end + 1] == "#" else ""
    return start, end, before, after
