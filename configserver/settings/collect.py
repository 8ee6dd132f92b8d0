"""Entries → what is given for each setting: a text, a list or a map."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from configserver.settings.catalogue import Match, named
from configserver.settings.make import Path
from configserver.settings.names import Keys, relaxed
from configserver.settings.schema import INDEX, KEY, OURS, Kind, Known


class Entry(NamedTuple):
    """One text under one name, and where it was written: a file and line, a variable, an option.

    `secret` marks a text that was decrypted.
    """

    name: str
    text: str
    source: str
    line: int | None = None
    secret: bool = False

    @property
    def origin(self) -> str:
        """Say where it was written: `application.yml:12`, `environment PORT`, `--port`."""
        return f"{self.source}:{self.line}" if self.line else self.source


class Recognised(NamedTuple):
    """An entry and what its name means, None if that is not known."""

    match: Match | None
    entry: Entry


class Given(NamedTuple):
    """A value as given for a setting: a text, a list or a map, and its first entry.

    The name is the documented one, with keys and numbers in their places.
    """

    name: str
    known: Known
    value: Any
    entry: Entry


class _Place(NamedTuple):
    path: Path
    name: str


def spelled(layers: Iterable[Iterable[Recognised]]) -> dict[Path, str]:
    """Return how each key of a map of sections is spelled, by its path in relaxed form.

    The first spelling holds, and the order is that of the keys. Names of our own come second: the
    original's make a repository.
    """
    found = [one.match for layer in layers for one in layer if one.match and one.match.keys]
    spellings: dict[Path, str] = {}
    for match in sorted(found, key=lambda match: match.known.name.startswith(OURS)):
        for path, key in _keys(match):
            spellings.setdefault(path, key)
    return spellings


def collected(
    layer: Iterable[Recognised], weaker: Mapping[Path, Given], spellings: Mapping[Path, str]
) -> dict[Path, Given]:
    """Put together what one layer says of each setting.

    Args:
        layer: the entries in order.
        weaker: what weaker layers gave, to which a map is added.
        spellings: as `spelled` returns.
    """
    found: dict[Path, Given] = {}
    items: dict[Path, dict[int, Entry]] = {}
    for match, entry in layer:
        if match is None:
            continue
        known, _, item, key = match
        path, name = _place(match, spellings)
        if item is not None:
            if path not in items and path in found:
                continue  # the whole list stands in one text
            listed = items.setdefault(path, {})
            listed[item] = entry
            texts = [listed[n].text for n in sorted(listed)]
            found[path] = Given(name, known, texts, _first(listed))
        elif key is not None:
            before = found.get(path) or weaker.get(path)
            known_keys = before.value if before and isinstance(before.value, Mapping) else {}
            value = {**known_keys, key: entry.text}
            secret = entry.secret or (
                bool(known_keys) and before is not None and before.entry.secret
            )
            found[path] = Given(name, known, value, entry._replace(secret=secret))
        elif known.kind is not Kind.MAP or entry.text:
            items.pop(path, None)
            found[path] = Given(name, known, entry.text, entry)
    return found


def _first(listed: Mapping[int, Entry]) -> Entry:
    """Return the first item of a list, marked if any of them is."""
    secret = any(entry.secret for entry in listed.values())
    return listed[min(listed)]._replace(secret=secret)


def _keys(match: Match) -> Iterator[tuple[Path, str]]:
    """Yield each key in a match with its relaxed path."""
    remaining = iter(match.keys)
    path: Path = ()
    for part in match.known.path:
        step = next(remaining) if part in (KEY, INDEX) else part
        path = (*path, relaxed(step) if isinstance(step, str) else step)
        if part == KEY:
            yield path, str(step)


def _place(match: Match, spellings: Mapping[Path, str]) -> _Place:
    """Return where a value goes, each key in the spelling that holds."""
    spelling = iter([spellings[path] for path, _ in _keys(match)])
    keys: Keys = tuple(next(spelling) if isinstance(key, str) else key for key in match.keys)
    remaining = iter(keys)
    path: Path = tuple(
        next(remaining) if part in (KEY, INDEX) else part for part in match.known.path
    )
    return _Place(path, named(match.known.name, keys))
