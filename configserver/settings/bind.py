"""Names and texts → settings: all errors at once, and a warning for a name that means nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from configserver.errors import SettingsError
from configserver.secret import Secret
from configserver.settings import PREFIXES, Settings
from configserver.settings.catalogue import is_section, named, nearest, not_yet, ours, recognise
from configserver.settings.check import Problem, problems
from configserver.settings.collect import Entry, Given, Recognised, collected, spelled
from configserver.settings.composite import MODELS
from configserver.settings.effective import INHERITED, Effective, effective
from configserver.settings.make import Path, make
from configserver.settings.placeholders import is_unfilled
from configserver.settings.schema import OURS, SPRINGS
from configserver.settings.section import split_at_commas

_ACTIVE = ("profiles", "active")
_COMPOSITE = PREFIXES["composite"]
_FAR = 9


@dataclass(frozen=True, slots=True)
class Bound:
    """Settings, what each came from, and what should be said about the rest."""

    settings: Settings
    effective: tuple[Effective, ...]
    warnings: tuple[str, ...]


def bind(layers: Iterable[Iterable[Entry]]) -> Bound:
    """Return the settings that layers of entries make, later layers outranking earlier ones.

    A layer replaces a value or a list as a whole and a map key by key, as Spring does. Members of
    a composite and nested repositories are put together from all layers, setting by setting.

    Raises:
        SettingsError: values that do not fit, all of them, each with its place and name.
    """
    recognised = [[Recognised(recognise(e.name), e) for e in layer] for layer in layers]
    given: dict[Path, Given] = {}
    names = spelled(recognised)
    for layer in recognised:
        given |= collected(layer, given, names)
    warnings: dict[str, str] = {}
    for match, entry in (one for layer in recognised for one in layer):
        if note := _note(Recognised(match, entry)):
            warnings.setdefault(*note)
    useful, unused = _useful(given)
    settings = _checked(useful)

    def origin(path: Path) -> str | None:
        return useful[path].entry.origin if path in useful else None

    hidden = {one.name for one in useful.values() if one.entry.secret}
    rows = tuple(
        replace(row, value=Secret(str(row.value))) if row.name in hidden else row
        for row in effective(settings, origin)
    )
    return Bound(settings, rows, (*warnings.values(), *unused, *_unfilled(rows)))


def _note(one: Recognised) -> tuple[str, str] | None:
    """Return what to warn of: the name to warn of once, and the warning."""
    match, entry = one
    if match is not None:
        known = match.known
        warning = f"{entry.origin}: {named(known.name, match.keys)} {known.effect}"
        return (known.name, warning) if known.effect else None
    if not ours(entry.name) or (not entry.text and is_section(entry.name)):
        return None
    if later := not_yet(entry.name):
        return later, f"{entry.origin}: {later} is not supported yet and has no effect"
    near = nearest(entry.name)
    hint = f", did you mean {near}?" if near else ""
    return entry.name, f"{entry.origin}: {entry.name} is not known{hint}"


def _useful(given: Mapping[Path, Given]) -> tuple[dict[Path, Given], list[str]]:
    """Return what some backend reads, and warnings of the rest.

    A composite that is not active is left alone: a file may have one for other profiles.
    """
    active = given.get(_ACTIVE)
    composite = active is not None and "composite" in split_at_commas(active.value)
    useful: dict[Path, Given] = {}
    warnings: list[str] = []
    for path, one in given.items():
        model = MODELS.get(_type_of(path, given))
        if path[0] == "composite" and not composite:
            why = f"{_COMPOSITE} has no effect unless spring.profiles.active names composite"
        elif model and path[2] != "type" and not hasattr(model(), str(path[2])):
            why = f"{one.name} has no effect on a member of this type"
        else:
            useful[path] = one
            continue
        if not any(warning.endswith(why) for warning in warnings):
            warnings.append(f"{one.entry.origin}: {why}")
    return useful, warnings


def _unfilled(rows: Iterable[Effective]) -> Iterator[str]:
    """Yield a warning for each secret that everybody can read in the settings file."""
    about = "is a placeholder that nothing fills, and taken word for word"
    for row in rows:
        if row.origin == INHERITED or not isinstance(row.value, Secret):
            continue
        if is_unfilled(row.value.reveal()):
            yield f"{row.origin}: {row.name} {about}"


def _type_of(path: Path, given: Mapping[Path, Given]) -> str:
    """Return the type of the member that a setting belongs to, an empty text if there is none."""
    found = given.get((*path[:2], "type")) if path[0] == "composite" else None
    return str(found.value).strip().lower() if found else ""


def _checked(given: Mapping[Path, Given]) -> Settings:
    values: dict[Path, Any] = {}
    wrong: list[Problem] = []
    # The original's names first: they give nested repositories their order.
    for path, one in sorted(given.items(), key=lambda item: item[1].known.name.startswith(OURS)):
        try:
            values[path] = one.known.parse(one.value)
        except ValueError as error:
            wrong.append(Problem(one.name, str(error), one.name))
    failed = {problem.name for problem in wrong}
    if untyped := list(_untyped(given, values)):
        wrong += [problem for problem in untyped if problem.name not in failed]
        values = {path: value for path, value in values.items() if path[0] != "composite"}
    settings = make(values)
    if untyped:
        failed.add(f"{_COMPOSITE}[0].type")  # there is a composite, only not as it should be
    wrong += [problem for problem in problems(settings) if problem.name not in failed]
    if wrong:
        raise _together([_error(problem, given.values()) for problem in wrong])
    return settings


def _untyped(given: Iterable[Path], values: Mapping[Path, Any]) -> Iterator[Problem]:
    """Yield a problem for each member of the composite of which the type is not known."""
    numbers = {path[1] for path in given if path[0] == "composite"}
    for expected, number in enumerate(sorted(numbers, key=int)):
        if expected != number:
            name = f"{_COMPOSITE}[{expected}]"
            yield Problem(f"{name}.type", "is not set", f"{_COMPOSITE}[{number}]")
            return
        if ("composite", number, "type") not in values:
            name = f"{_COMPOSITE}[{number}]"
            yield Problem(f"{name}.type", "is not set; it should be 'git' or 'native'", name)


def _error(problem: Problem, given: Iterable[Given]) -> SettingsError:
    """Return the error, at the setting itself or else at what it follows from."""
    entry = min(given, key=lambda one: _distance(one.name, problem), default=None)
    reason = f"{problem.name} {problem.reason}"
    if entry is None or _distance(entry.name, problem) == _FAR:
        return SettingsError(reason)
    return SettingsError(reason, path=entry.entry.source, line=entry.entry.line)


def _distance(name: str, problem: Problem) -> int:
    """Say how little a setting has to do with a problem: the least is shown as its place."""
    section = problem.name.rpartition(".")[0]
    near = (
        name == problem.name,
        name == problem.blame,
        name.startswith((problem.blame, problem.blame.replace(SPRINGS, OURS, 1))),
        name.startswith(f"{section}."),
        name == "spring.profiles.active",
    )
    return near.index(True) if any(near) else _FAR


def _together(errors: list[SettingsError]) -> SettingsError:
    """Make one error of several, in the order of their lines; the only one if there is just one."""
    if len(errors) == 1:
        return errors[0]
    ordered = sorted(errors, key=lambda error: (error.path or "", error.line or 0))
    return SettingsError("\n".join(map(str, ordered)))
