"""When two answers to a random request may differ, and why."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from tests.conformance.cases import Answer, Request
from tests.conformance.compare import difference

_JAVA_ARRAY = re.compile(r"\[B@[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with both answers, and what the original says without resolving placeholders."""

    request: Request
    theirs: Answer
    ours: Answer
    unresolved: Answer | None = None


def judge(exchange: Exchange) -> str | None:
    """Return what differs, or None where the two agree or differ on purpose."""
    found = difference(exchange.theirs, exchange.ours, exchange.request)
    if found is None or any(excuses(exchange) for _, excuses in DELIBERATE):
        return None
    return found


def breaks_document(exchange: Exchange) -> bool:
    """Tell whether the original's pasted placeholders broke its document, and ours is whole.

    The original pastes values into finished YAML and JSON. Where that answer does not parse, has
    another structure than before pasting, or lost characters of a pasted value, ours quotes.
    """
    parse = _parser(exchange.request)
    ok = exchange.theirs.status == exchange.ours.status == 200
    if parse is None or not ok or exchange.unresolved is None:
        return False
    try:
        before = parse(exchange.unresolved.text or "")
        ours = parse(exchange.ours.text or "")
    except (ValueError, yaml.YAMLError):
        return False
    if _shape(ours) != _shape(before):
        return False
    try:
        theirs = parse(exchange.theirs.text or "")
    except (ValueError, yaml.YAMLError):
        return True
    return _shape(theirs) != _shape(before) or _lost(before, theirs, ours)


def names_java_array(exchange: Exchange) -> bool:
    """Tell whether only the identity of a Java array differs, which no two runs share."""
    theirs, ours = exchange.theirs.text or "", exchange.ours.text or ""
    return bool(_JAVA_ARRAY.search(theirs)) and _unnamed(theirs) == _unnamed(ours)


DELIBERATE: tuple[tuple[str, Callable[[Exchange], bool]], ...] = (
    ("pasted placeholder values never break a document", breaks_document),
    ("the identity of a Java array is random", names_java_array),
)
"""Differences on purpose; the generator makes no input for the others that are documented."""


def _parser(request: Request) -> Callable[[str], Any] | None:
    if request.path.endswith(".json"):
        return json.loads
    if request.path.endswith((".yml", ".yaml")):
        return lambda text: yaml.load(text, yaml.BaseLoader)
    return None


def _shape(node: Any) -> Any:
    """Return the structure of a document: keys, which are pasted into as well, left open."""
    if isinstance(node, dict):
        return "map", tuple(_shape(value) for value in node.values())
    if isinstance(node, list):
        return "list", tuple(_shape(value) for value in node)
    return "scalar"


def _lost(before: Any, theirs: Any, ours: Any) -> bool:
    """Tell whether all different scalars had a placeholder, and are no longer whole in theirs."""
    rows = list(zip(_scalars(before), _scalars(theirs), _scalars(ours), strict=True))
    changed = [row for row in rows if row[1] != row[2]]
    return bool(changed) and all("${" in b and len(t) <= len(o) for b, t, o in changed)


def _scalars(node: Any) -> list[str]:
    if isinstance(node, dict):
        pairs = [(str(key), *_scalars(value)) for key, value in node.items()]
        return [text for pair in pairs for text in pair]
    if isinstance(node, list):
        return [text for value in node for text in _scalars(value)]
    return [str(node)]


def _unnamed(text: str) -> str:
    return _JAVA_ARRAY.sub("[B@", text)
