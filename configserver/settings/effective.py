"""Settings → a row for each value that holds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from configserver.settings import Settings
from configserver.settings.catalogue import named
from configserver.settings.make import Path
from configserver.settings.names import Keys
from configserver.settings.schema import BY_NAME, INDEX, KEY, Known

INHERITED: Final = "the repository above"
"""The origin of what a nested repository takes from the one that it is nested in."""

_NAMED: Final = ("name", "pattern")
"""What a nested repository has from its key."""


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting with the value that holds and where that came from.

    Attributes:
        name: its name: `spring.cloud.config.server.git.repos.shop.uri`.
        value: what holds.
        origin: where it was set, `default`, or `INHERITED`.
    """

    name: str
    value: object
    origin: str


def effective(settings: Settings, origin: Callable[[Path], str | None]) -> tuple[Effective, ...]:
    """Return every setting that there is; those of one repository stand together.

    Args:
        settings: the settings.
        origin: says where the value at a path was set, None if nowhere.
    """
    groups: dict[Keys, list[Effective]] = {}
    for known in BY_NAME.values():
        for keys, path, value in _instances(settings, known):
            row = Effective(named(known.name, keys), value, origin(path) or _unset(known, value))
            groups.setdefault((_container(known), *keys), []).append(row)
    return tuple(row for rows in groups.values() for row in rows)


def _container(known: Known) -> str:
    """Return the field that holds a list or map of sections, an empty text outside of them."""
    return known.path[0] if KEY in known.path or INDEX in known.path else ""


def _unset(known: Known, value: object) -> str:
    nested = KEY in known.path and known.path[-1] not in _NAMED
    return INHERITED if nested and value != known.default else "default"


def _instances(settings: Settings, known: Known) -> Iterator[tuple[Keys, Path, Any]]:
    """Yield each place of a setting that there is: keys, path, value."""
    found: list[tuple[Keys, Path, Any]] = [((), (), settings)]
    for part in known.path:
        found = [
            ((*keys, *more), (*path, step), value)
            for keys, path, above in found
            for more, step, value in _steps(above, part)
        ]
    yield from found


def _steps(above: Any, part: str) -> Iterable[tuple[Keys, str | int, Any]]:
    if part == "repos" and hasattr(above, part):
        return [((), part, dict(zip(above.repos, above.nested, strict=True)))]
    if part == KEY:
        return [((key,), key, value) for key, value in above.items()]
    if part == INDEX:
        return [((n,), n, member) for n, member in enumerate(above)]
    return [((), part, getattr(above, part))] if hasattr(above, part) else []
