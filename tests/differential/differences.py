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
    try:
        theirs = parse(exchange.theirs.text or "")
    except (ValueError, yaml.YAMLError):
        return _whole(before, ours)
    return theirs != ours and _mended(before, theirs, ours)


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
        return lambda text: yaml.load(text, yaml.CBaseLoader)
    return None


def _whole(before: Any, ours: Any) -> bool:
    """Tell whether a document has kept its structure but where it had placeholders."""
    if isinstance(before, dict) and isinstance(ours, dict):
        return len(before) == len(ours) and all(map(_whole, before.values(), ours.values()))
    if isinstance(before, list) and isinstance(ours, list):
        return len(before) == len(ours) and all(map(_whole, before, ours))
    return "${" in str(before) or not isinstance(ours, dict | list)


def _mended(before: Any, theirs: Any, ours: Any) -> bool:
    """Tell whether ours differs only in scalars that had a placeholder and are whole in ours.

    Theirs became something else than a scalar there, or lost characters of it.
    """
    if theirs == ours:
        return True
    if all(isinstance(node, dict) for node in (before, theirs, ours)):
        pairs = [
            [part for pair in node.items() for part in pair] for node in (before, theirs, ours)
        ]
        return _all_mended(*pairs)
    if all(isinstance(node, list) for node in (before, theirs, ours)):
        return _all_mended(before, theirs, ours)
    if isinstance(before, dict | list) or "${" not in str(before) or isinstance(ours, dict | list):
        return False
    return isinstance(theirs, dict | list) or len(str(theirs)) <= len(str(ours))


def _all_mended(before: list[Any], theirs: list[Any], ours: list[Any]) -> bool:
    if not len(before) == len(theirs) == len(ours):
        return len(before) == len(ours) != len(theirs)
    return all(map(_mended, before, theirs, ours))


def _unnamed(text: str) -> str:
    return _JAVA_ARRAY.sub("[B@", text)
