"""From a location, as configured or imported, to the files that may stand there.

As Spring Boot's `StandardConfigDataLocationResolver`, but within the snapshot: what lies outside
of it, and all that would call out (`http:`, `configserver:`, `classpath:` …), is never there.

A place is written as an absolute, percent-encoded path whose root is that of the snapshot, not
yet cleaned: `/conf/../db.yml`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from configserver.environment.naming import Naming
from configserver.snapshot import Snapshot

EXTENSIONS = ("yaml", "yml", "xml", "properties")
"""The extensions of configuration files, weakest first."""

NOWHERE = "outside:"
"""The beginning of a place that no file can have."""

_LOADERS = ("properties", "xml", "yml", "yaml")
_HINT = re.compile(r"(.*)\[\.(\w+)\]", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9*]*?:")
_CALLS_OUT = ("configserver:", "configtree:", "env:")
_OPTIONAL = "optional:"
_RESOURCE = "resource:"


class UnusableLocation(ValueError):
    """A location that means nothing; the text says why, without it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Directories and files that are searched as one, as joined by `;`.

    Attributes:
        members: for each the text to show and the place; a directory ends in `/`.
    """

    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a file is looked for.

    Attributes:
        place: where, perhaps with one `*` for a folder.
        location: the location that led here, as written.
        profile: the profile in its name, None without one.
        hint: the extension that its format is told from instead of its name, or None.
    """

    place: str
    location: str
    profile: str | None = None
    hint: str | None = None


def directory(path: str) -> str:
    """Return the place of a folder of the snapshot; a `*` stands for any folder."""
    return quote(f"/{path}/" if path else "/", safe="/*")


def imported(text: str, importer: str, naming: Naming) -> Group:
    """Read one element of `spring.config.import`.

    Args:
        text: as written, placeholders replaced.
        importer: the place of the file that holds it.
        naming: knows where absolute paths lead.

    Raises:
        UnusableLocation: a `configtree:` that is no directory.
    """
    plain = text.removeprefix(_OPTIONAL)
    if plain.startswith(_CALLS_OUT):
        if plain.startswith("configtree:") and not plain.endswith("/"):
            raise UnusableLocation("no location: a configtree must end in '/'")
        return Group(())
    members = (part for part in text.split(";") if part.removeprefix(_OPTIONAL).strip())
    return Group(tuple((part, _place(part, importer, naming)) for part in members))


def _place(text: str, importer: str, naming: Naming) -> str:
    plain = text.removeprefix(_OPTIONAL).removeprefix(_RESOURCE)
    scheme = _SCHEME.match(plain)
    if scheme is None and not plain.startswith("/"):
        return importer[: importer.rfind("/") + 1] + plain
    path = "/" + plain.removeprefix("file:").lstrip("/")
    absolute = plain.startswith(("/", "file:/"))
    inside = naming.inside(path) if absolute else None
    return f"/{inside}" if inside is not None else f"{NOWHERE}/{plain}"


def candidates(
    group: Group, names: Sequence[str], profiles: Iterable[str | None]
) -> Iterator[Candidate]:
    """Yield the places to look at, weakest first, each once.

    Args:
        group: the locations.
        names: the names of configuration files, weakest first, that directories are searched for.
        profiles: weakest first; None stands for files without a profile.

    Raises:
        UnusableLocation: a file of unknown extension that is not optional.
    """
    seen: set[str] = set()
    for profile in profiles:
        for text, place in group.members:
            for candidate in _of(text, place, names, profile):
                if candidate.place not in seen:
                    seen.add(candidate.place)
                    yield candidate


def _of(text: str, place: str, names: Sequence[str], profile: str | None) -> Iterator[Candidate]:
    suffix = "" if profile is None else f"-{profile}"
    if place.endswith("/"):
        for name in names:
            for known in EXTENSIONS:
                yield Candidate(f"{place}{name}{suffix}.{known}", text, profile)
        return
    hinted = _HINT.fullmatch(place)
    named = f"{hinted[1]}.{hinted[2]}" if hinted else place
    extension = next((known for known in _LOADERS if named.lower().endswith(known)), None)
    if extension is not None:
        stem = named[: -len(extension) - 1] + suffix
        found = stem if hinted else f"{stem}.{extension}"
        yield Candidate(found, text, profile, extension if hinted else None)
    elif not text.startswith(_OPTIONAL):
        raise UnusableLocation(
            "no location: neither a known extension nor a '/' at the end tells what it is"
        )


def paths(place: str, snapshot: Snapshot) -> Iterator[str]:
    """Yield the paths that a place means: one, none, or one in each folder that a `*` stands for.

    Raises:
        UnusableLocation: a `*` that is not the last folder of the place, or a second one.
    """
    if "*" not in place:
        path = cleaned(place)
        if path is not None:
            yield path
        return
    folder, _, name = place.rpartition("/")
    if place.count("*") > 1 or not folder.endswith("*"):
        raise UnusableLocation("no location: a '*' stands for one folder, the last one")
    base = cleaned(folder[:-1])
    if base is None:
        return
    for child in snapshot.folders(base):
        if not child.startswith(".."):
            yield f"{base}/{child}/{unquote(name)}" if base else f"{child}/{unquote(name)}"


def cleaned(place: str) -> str | None:
    """Return the path that a place means within the snapshot, None if it leaves it."""
    plain = unquote(place).replace("\\", "/")
    if not plain.startswith("/"):
        return None
    path: list[str] = []
    for segment in plain.split("/"):
        if segment == "..":
            if not path:
                return None
            path.pop()
        elif segment not in ("", "."):
            path.append(segment)
    return "/".join(path)
