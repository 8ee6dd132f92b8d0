"""How a name is recognised, and what it may have been meant to be."""

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

from configserver.settings.later import LATER
from configserver.settings.names import (
    Element,
    Keys,
    elements,
    follow,
    is_number,
    plain_key,
    relaxed,
)
from configserver.settings.schema import BY_NAME, INDEX, KEY, Kind, Known

NAMESPACES: Final = (
    *("spring.cloud.config.server", "encrypt", "server", "configserver"),
    *("spring.cloud.bus", "spring.rabbitmq", "spring.kafka"),
)
"""Where every name should be one of ours; a Spring file holds others, which are none of ours."""

_PLACES: Final = re.compile(re.escape(KEY) + "|" + re.escape(INDEX))


class Match(NamedTuple):
    """A known setting, with what a name adds to the documented one.

    Attributes:
        known: the setting.
        keys: the names and numbers of the sections that it is in.
        item: the item of a list.
        key: the key of a map.
    """

    known: Known
    keys: Keys = ()
    item: int | None = None
    key: str | None = None


def named(documented: str, keys: Keys) -> str:
    """Return a documented name with keys and numbers in their places: `….composite[0].uri`."""
    remaining = iter(keys)
    return _PLACES.sub(lambda place: _written(next(remaining, place[0])), documented)


def recognise(name: str) -> Match | None:
    """Return the known setting that a name means in any spelling, or None."""
    node, keys, _, rest = follow(elements(name))
    known = node.known
    if known is None:
        return None
    if not rest:
        return Match(known, keys)
    if known.kind is Kind.MAP:
        return Match(known, keys, key=_map_key(rest))
    only = rest[0]
    if known.kind is Kind.LIST and len(rest) == 1 and only.bracketed and is_number(only.text):
        return Match(known, keys, item=int(only.text))
    return None


def is_section(name: str) -> bool:
    """Say whether a name is what others begin with."""
    node, _, _, rest = follow(elements(name))
    return not rest and node.known is None


def not_yet(name: str) -> str | None:
    """Return which entry of `LATER` covers a name, or None."""
    for later in LATER:
        prefix = later.removesuffix(".*")
        if relaxed(name) == relaxed(prefix):
            return prefix
        if prefix != later and _is_below(name, prefix):
            return later
    return None


def ours(name: str) -> bool:
    """Say whether a name stands in a namespace that belongs to the server."""
    return any(_is_below(name, namespace) for namespace in NAMESPACES)


def nearest(name: str) -> str | None:
    """Return the known name that looks most like an unknown one, None if none does."""
    _, keys, documented, rest = follow(elements(name))
    general = ".".join((documented, *(element.text for element in rest)))
    spellings = {relaxed(known): known for known in (*BY_NAME, *LATER)}
    close = get_close_matches(relaxed(general), spellings, n=1, cutoff=0.7)
    return named(spellings[close[0]], keys) if close else None


def _is_below(name: str, prefix: str) -> bool:
    words = prefix.split(".")
    first = [relaxed(element.text) for element in elements(name)[: len(words) + 1]]
    return len(first) > len(words) and first[:-1] == [relaxed(word) for word in words]


def _map_key(parts: list[Element]) -> str:
    """Return the key of a map as Spring's binder does: only brackets protect odd characters."""
    texts = (text if bracketed else plain_key(text) for text, bracketed in parts)
    return ".".join(text for text in texts if text)


def _written(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return key if key in {KEY, INDEX} or key == plain_key(key) else f"[{key}]"
