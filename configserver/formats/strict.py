"""What libyaml accepts and SnakeYAML refuses: some tabs, and the escape for a slash."""

import re
from collections.abc import Callable
from typing import Any

from yaml import events

from configserver.formats.nodes import error_at

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile("#[^\r\n\x85\u2028\u2029]*")


def strict(next_event: Callable[[], Any], text: str) -> Callable[[], Any]:
    """Return `next_event` with a check of each event, where `text` holds anything to check."""
    if "\t" not in text and "\\/" not in text:
        return next_event
    end = 0
    is_plain = False

    def checked() -> Any:
        nonlocal end, is_plain
        event = next_event()
        start = event.start_mark.index
        if start > end:
            _check_gap(text[end:start], event, after_plain=is_plain)
        if event.end_mark.index > end:
            end = event.end_mark.index
            is_plain = isinstance(event, events.ScalarEvent)
            if is_plain and event.style == '"':
                _check_escapes(text[start:end], event)
        return event

    return checked


def _check_gap(gap: str, event: Any, *, after_plain: bool) -> None:
    if "\t" not in gap:
        return
    if after_plain:
        gap = gap.lstrip(" \t")
    if "\t" in _COMMENT.sub("", gap):
        raise error_at("a tab may not separate tokens", event.start_mark)


def _check_escapes(raw: str, event: Any) -> None:
    for escape in _ESCAPE.finditer(raw):
        if escape[1] in "/\t":
            raise error_at("unknown escape in a double-quoted text", event.start_mark)
