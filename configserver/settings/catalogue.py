"""Every name that is known, read from the sections, and how a name is recognised.

As Spring, names are relaxed: `default-label`, `defaultLabel`, `default_label` and `DEFAULTLABEL`
are one; the keys of a map keep their case and dashes.
"""

import re
from dataclasses import MISSING, Field, dataclass, fields
from difflib import get_close_matches
from enum import Enum, auto
from typing import Any, Final, NamedTuple, get_type_hints

from configserver.settings import PREFIXES, Settings
from configserver.settings.later import LATER
from configserver.settings.section import Parse, parser_of

NAMESPACES: Final = ("spring.cloud.config.server", "encrypt", "server", "configserver")
"""Where every name should be one of ours; a Spring file holds others, which are none of ours."""

_SEPARATORS: Final = re.compile("[-_]")
_INDEX: Final = re.compile(r"(.+)\[(\d+)\]")
_ELEMENTS: Final = re.compile(r"\[([^\]]*)\]|([^.\[]+)")
_UNEXPECTED: Final = re.compile("[^A-Za-z0-9_-]")


class Kind(Enum):
    """How a setting is written."""

    VALUE = auto()
    LIST = auto()
    MAP = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """A setting: its name, where it goes, what it is for.

    Attributes:
        name: the name as documented, in kebab case.
        section: its section in `Settings`.
        field: its field in the section.
        kind: how it is written.
        parse: makes its value of what is given.
        default: its value if nothing is given.
        description: the help text.
        effect: why setting it changes nothing; an empty text if it does.
    """

    name: str
    section: str
    field: str
    kind: Kind
    parse: Parse
    default: Any
    description: str
    effect: str


class Match(NamedTuple):
    """A known setting, with the item of a list or the key of a map that a name adds."""

    known: Known
    item: int | None = None
    key: str | None = None


def relaxed(name: str) -> str:
    """Return the form in which all spellings of a name are equal."""
    return _SEPARATORS.sub("", name).lower()


def recognise(name: str) -> Match | None:
    """Return the known setting that a name means in any spelling, or None."""
    if known := _BY_RELAXED.get(relaxed(name)):
        return Match(known)
    if (indexed := _INDEX.fullmatch(name)) and (known := _BY_RELAXED.get(relaxed(indexed[1]))):
        return Match(known, item=int(indexed[2])) if known.kind is Kind.LIST else None
    for known in _MAPS:
        if (key := _below(name, known.name)) is not None:
            return Match(known, key=_map_key(key))
    return None


def not_yet(name: str) -> str | None:
    """Return which entry of `LATER` covers a name, or None."""
    for later in LATER:
        prefix = later.removesuffix(".*")
        if relaxed(name) == relaxed(prefix):
            return prefix
        if prefix != later and _below(name, prefix) is not None:
            return later
    return None


def ours(name: str) -> bool:
    """Say whether a name stands in a namespace that belongs to the server."""
    return any(_below(name, namespace) is not None for namespace in NAMESPACES)


def nearest(name: str) -> str | None:
    """Return the known name that looks most like an unknown one, None if none does."""
    spellings = {relaxed(known): known for known in (*BY_NAME, *LATER)}
    close = get_close_matches(relaxed(name), spellings, n=1, cutoff=0.7)
    return spellings[close[0]] if close else None


def _below(name: str, prefix: str) -> str | None:
    """Return what follows `prefix` in a name, as written, or None if the name is not below it."""
    depth = prefix.count(".") + 1
    parts = re.split(r"(?=\.|\[)", name, maxsplit=depth)
    if len(parts) <= depth or relaxed("".join(parts[:depth])) != relaxed(prefix):
        return None
    return parts[depth].removeprefix(".")


def _map_key(written: str) -> str:
    """Return the key of a map as Spring's binder does: only brackets protect odd characters."""
    elements = (
        bracketed or _UNEXPECTED.sub("", plain) for bracketed, plain in _ELEMENTS.findall(written)
    )
    return ".".join(element for element in elements if element)


def _kind(hint: Any) -> Kind:
    written = str(hint)
    if "Mapping[" in written:
        return Kind.MAP
    return Kind.LIST if "tuple[" in written else Kind.VALUE


def _known(section: str, model: type[Any]) -> list[Known]:
    hints = get_type_hints(model, include_extras=True)
    return [_setting(section, field, hints[field.name]) for field in fields(model)]


def _setting(section: str, field: Field[Any], hint: Any) -> Known:
    return Known(
        name=f"{PREFIXES[section]}.{field.name.replace('_', '-')}",
        section=section,
        field=field.name,
        kind=_kind(hint),
        parse=parser_of(hint),
        default={} if field.default is MISSING else field.default,
        description=field.metadata["description"],
        effect=field.metadata["effect"],
    )


def _sections() -> dict[str, type[Any]]:
    return {field.name: type(field.default) for field in fields(Settings)}


SECTIONS: Final = _sections()
"""The model of each section, by its name in `Settings`."""

BY_NAME: Final = {
    known.name: known for name, model in SECTIONS.items() for known in _known(name, model)
}
"""Every setting by its documented name."""

_BY_RELAXED: Final = {relaxed(name): known for name, known in BY_NAME.items()}
_MAPS: Final = tuple(known for known in BY_NAME.values() if known.kind is Kind.MAP)
