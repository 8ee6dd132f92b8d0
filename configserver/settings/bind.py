"""Names and texts → settings: all errors at once, and a warning for a name that means nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.catalogue import (
    BY_NAME,
    SECTIONS,
    Kind,
    Known,
    Match,
    nearest,
    not_yet,
    ours,
    recognise,
)


class Entry(NamedTuple):
    """One text under one name, and where it was written: a file and line, a variable, an option."""

    name: str
    text: str
    source: str
    line: int | None = None

    @property
    def origin(self) -> str:
        """Say where it was written: `application.yml:12`, `environment PORT`, `--port`."""
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting with the value that holds and where that came from."""

    known: Known
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Settings, what each came from, and what should be said about the rest."""

    settings: Settings
    effective: tuple[Effective, ...]
    warnings: tuple[str, ...]


class _Given(NamedTuple):
    """A value as given for a setting: a text, a list or a map, and its first entry."""

    value: Any
    entry: Entry


def bind(layers: Iterable[Iterable[Entry]]) -> Bound:
    """Return the settings that layers of entries make, later layers outranking earlier ones.

    A layer replaces a value or a list as a whole and a map key by key, as Spring does.

    Raises:
        SettingsError: values that do not fit, all of them, each with its place and name.
    """
    given: dict[str, _Given] = {}
    warnings: dict[str, str] = {}
    for layer in layers:
        matched: list[tuple[Match, Entry]] = []
        for entry in layer:
            match = recognise(entry.name)
            if match is not None:
                matched.append((match, entry))
            if note := _note(entry, match):
                warnings.setdefault(*note)
        given |= _collect(matched, given)
    settings = _validate(given)
    return Bound(settings, tuple(_effective(settings, given)), tuple(warnings.values()))


def _note(entry: Entry, match: Match | None) -> tuple[str, str] | None:
    """Return what to warn of: the name to warn of once, and the warning."""
    if match is not None:
        known = match.known
        warning = f"{entry.origin}: {known.name} {known.effect}"
        return (known.name, warning) if known.effect else None
    if not ours(entry.name):
        return None
    if later := not_yet(entry.name):
        return later, f"{entry.origin}: {later} is not supported yet and has no effect"
    near = nearest(entry.name)
    hint = f", did you mean {near}?" if near else ""
    return entry.name, f"{entry.origin}: {entry.name} is not known{hint}"


def _collect(
    matched: Iterable[tuple[Match, Entry]], weaker: Mapping[str, _Given]
) -> dict[str, _Given]:
    """Put together what one layer says of each setting."""
    texts: dict[str, _Given] = {}
    items: dict[str, dict[int, Entry]] = {}
    for (known, item, key), entry in matched:
        if item is not None:
            items.setdefault(known.name, {})[item] = entry
        elif key is not None:
            before = texts.get(known.name) or weaker.get(known.name)
            value = {**before.value, key: entry.text} if before else {key: entry.text}
            texts[known.name] = _Given(value, entry)
        elif known.kind is not Kind.MAP or entry.text:
            texts[known.name] = _Given(entry.text, entry)
    lists = {
        name: _Given([entry.text for _, entry in sorted(found.items())], min(found.items())[1])
        for name, found in items.items()
    }
    return lists | texts


def _validate(given: Mapping[str, _Given]) -> Settings:
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    errors: list[SettingsError] = []
    for name, known in BY_NAME.items():
        if name not in given:
            continue
        try:
            values[known.section][known.field] = known.parse(given[name].value)
        except ValueError as error:
            entry = given[name].entry
            reason = f"{name} {error}"
            errors.append(SettingsError(reason, path=entry.source, line=entry.line))
    if errors:
        raise _together(errors)
    return Settings(**{section: SECTIONS[section](**found) for section, found in values.items()})


def _together(errors: list[SettingsError]) -> SettingsError:
    """Make one error of several, the only one if there is just one."""
    return errors[0] if len(errors) == 1 else SettingsError("\n".join(map(str, errors)))


def _effective(settings: Settings, given: Mapping[str, _Given]) -> Iterable[Effective]:
    for name, known in BY_NAME.items():
        value = getattr(getattr(settings, known.section), known.field)
        origin = given[name].entry.origin if name in given else "default"
        yield Effective(known, value, origin)
