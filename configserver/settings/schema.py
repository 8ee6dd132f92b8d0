"""Every name that is known, read from the models of the sections."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum, auto
from functools import cache
from typing import Any, Final, get_type_hints

from configserver.settings import PREFIXES, Settings
from configserver.settings.composite import MODELS, MemberSettings
from configserver.settings.section import Parse, parser_of

KEY: Final = "<name>"
"""Stands in a name, and in a path of fields, for what an operator calls a section."""

INDEX: Final = "[n]"
"""Stands in a name, and in a path of fields, for the number of a section in a list."""

OURS: Final = "configserver"
SPRINGS: Final = "spring.cloud.config.server"


class Kind(Enum):
    """How a setting is written."""

    VALUE = auto()
    LIST = auto()
    MAP = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """A setting: its name, where it goes, what it is for.

    Attributes:
        name: the name as documented, in kebab case: `….repos.<name>.uri`, `….composite[n].uri`.
        path: the fields that lead to it from `Settings`: `git`, `repos`, `<name>`, `uri`.
        kind: how it is written.
        parse: makes its value of what is given.
        default: its value if nothing is given.
        description: the help text.
        effect: why setting it changes nothing; an empty text if it does.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    parse: Parse
    default: Any
    description: str
    effect: str


@cache
def _hints(model: Any) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


@cache
def _kind(hint: Any) -> Kind:
    written = str(hint)
    if "Mapping[" in written:
        return Kind.MAP
    return Kind.LIST if "tuple[" in written else Kind.VALUE


def _settings_of(model: Any, prefix: str, path: tuple[str, ...]) -> Iterator[Known]:
    for field in fields(model):
        about, at = field.metadata, (*path, field.name)
        name = f"{prefix}.{field.name.replace('_', '-')}"
        if inner := about.get("section"):
            below = prefix.replace(SPRINGS, OURS, 1) if about["ours"] else name
            yield from _settings_of(inner, below, at)
        elif inner := about.get("sections"):
            yield from _settings_of(inner, f"{name}.{KEY}", (*at, KEY))
        elif about:
            yield _setting(field, _hints(model)[field.name], name, at)


def _setting(field: Field[Any], hint: Any, name: str, path: tuple[str, ...]) -> Known:
    return Known(
        name=name,
        path=path,
        kind=_kind(hint),
        parse=parser_of(hint),
        default={} if field.default is MISSING else field.default,
        description=field.metadata["description"],
        effect=field.metadata["effect"],
    )


def _everything() -> Iterator[Known]:
    for section, model in SECTIONS.items():
        yield from _settings_of(model, PREFIXES[section], (section,))
    for model in (MemberSettings, *MODELS.values()):
        yield from _settings_of(model, f"{PREFIXES['composite']}{INDEX}", ("composite", INDEX))


def _by_name() -> dict[str, Known]:
    """Return each name once: members of all types share those that they have in common."""
    found: dict[str, Known] = {}
    for known in _everything():
        found.setdefault(known.name, known)
    return found


SECTIONS: Final[dict[str, Any]] = {
    field.name: type(field.default) for field in fields(Settings) if field.name != "composite"
}
"""The model of each section, by its name in `Settings`, but for that of the composite."""

BY_NAME: Final = _by_name()
"""Every setting by its documented name."""
