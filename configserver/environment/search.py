"""Where configuration is searched: folders of a snapshot, weakest first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from itertools import product
from urllib.parse import quote

from configserver.errors import InvalidFile, InvalidRequest
from configserver.query import Query
from configserver.snapshot import Snapshot

MAX_LOCATIONS = 10_000
"""How many folders may be named by the search paths of one query, before looking for them."""

MAX_VISITED = 20_000
"""How many folders may be visited for the wildcards of one query."""

_NOT_IN_URI = re.compile(r"[^\w!$&'()*+,;=:@~./-]|\s")
_FILE_ENDINGS = (".properties", ".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Location:
    """A folder to search.

    Attributes:
        path: the folder within the snapshot, empty for its root, else without trailing slash.
        text: how names of documents show it, such as `commons/`, or '' for the root of a
            repository, or `file:/abs/dir/`.
    """

    path: str
    text: str


def git_locations(
    search_paths: Sequence[str], query: Query, label: str, snapshot: Snapshot
) -> tuple[Location, ...]:
    """Return the folders of a repository to search, weakest first: the root, then the others.

    As Spring's `AbstractScmAccessor`: `{application}`, `{profile}`, `{label}` are replaced by each
    name asked for, `*` and `**` stand for folders as in Ant, sorted by code point; folders that
    are not there, or that would be outside of the snapshot, are left out.

    Raises:
        InvalidRequest: too many folders would have to be looked at.
    """
    visits = _Visits(snapshot)
    found: dict[str, None] = {"": None}
    for path in _filled(search_paths, query, label):
        segments = [segment for segment in path.split("/") if segment not in ("", ".")]
        if ".." not in segments:
            found.update(dict.fromkeys(visits.folders(segments)))
    return tuple(Location(path, _uri(f"{path}/") if path else "") for path in found)


def _uri(path: str) -> str:
    """Encode what Java's `File.toURI` does: not what is a letter somewhere."""
    return _NOT_IN_URI.sub(lambda found: quote(found[0]), path)


def native_locations(
    search_locations: Sequence[str],
    query: Query,
    snapshot: Snapshot,
    *,
    default_label: str = "master",
    add_label_locations: bool = True,
) -> tuple[Location, ...]:
    """Return the folders of the file system to search, weakest first.

    As Spring's `NativeEnvironmentRepository`: locations such as `file:/srv/config/`, `/srv/config`
    or `optional:file:/srv/{application}/`, each for each name asked for, then those without
    placeholders with a label below. Of several labels the first is the strongest. A `*` as last
    folder stands for any. The snapshot's paths are absolute ones without their first slash;
    relative locations and other schemes name nothing.

    Raises:
        InvalidRequest: several labels where a location holds `{label}`, or too many locations.
        InvalidFile: a `*` together with a label.
    """
    label = default_label if query.label is None else query.label
    labels = [part.strip() for part in label.split(",") if part.strip()]
    if "," in label and any("{label}" in location for location in search_locations):
        raise InvalidRequest("several labels cannot be put into the search location's {label}")
    texts = [_closed(text) for text in _filled(search_locations, query, label)]
    if add_label_locations:
        plain = [_closed(text) for text in search_locations if _is_folder(text)]
        texts += [f"{text}{part}/" for part in reversed(labels) for text in plain]
    found = {text: _native_path(text) for text in texts if _is_folder(text)}
    if any("*" in (path or "")[:-1] for path in found.values()):
        raise InvalidFile("a search location with '*' does not go with labels")
    return tuple(
        Location(path, text)
        for text, path in found.items()
        if path is not None and snapshot.is_folder(path.removesuffix("*").rstrip("/"))
    )


def _closed(text: str) -> str:
    return text if text.endswith("/") or not _is_folder(text) else f"{text}/"


def _is_folder(text: str) -> bool:
    return "{" not in text and not text.endswith(_FILE_ENDINGS)


def _native_path(text: str) -> str | None:
    path = text.removeprefix("optional:").removeprefix("file:")
    segments = [segment for segment in path.split("/") if segment not in ("", ".")]
    return "/".join(segments) if path.startswith("/") and ".." not in segments else None


def _filled(paths: Sequence[str], query: Query, label: str) -> Iterator[str]:
    """Yield each path with its placeholders replaced, for each profile and each application."""
    count = 0
    for path in paths:
        profiles = query.profiles.split(",") if "{profile}" in path else [""]
        names = query.name.split(",") if "{application}" in path else [""]
        for profile, name in product(profiles, names):
            count += 1
            if count > MAX_LOCATIONS:
                raise InvalidRequest(
                    f"more than {MAX_LOCATIONS} folders would have to be searched",
                    hint="ask for fewer applications and profiles at once",
                )
            filled = path.strip().replace("{application}", name).replace("{profile}", profile)
            yield filled.replace("{label}", label)


class _Visits:
    """The folders of a snapshot, as far as their number is bounded."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._left = MAX_VISITED

    def folders(self, segments: Sequence[str]) -> list[str]:
        """Return the folders that a path with wildcards stands for, in order."""
        wild = next((at for at, segment in enumerate(segments) if "*" in segment), None)
        base = "/".join(segments[:wild])
        if ".git" in segments[:wild] or not self._snapshot.is_folder(base):
            return []
        if wild is None:
            return [base]
        pattern = [_uri(segment) for segment in segments[wild:]]
        return sorted(path for path in self._matching(base, pattern) if path != base)

    def _matching(self, base: str, pattern: Sequence[str]) -> set[str]:
        """Follow all the ways in which a pattern can match at once, level by level."""
        found: set[str] = set()
        seen = {(base, 0)}
        pending = [(base, 0)]
        while pending:
            folder, at = pending.pop()
            if at == len(pattern):
                found.add(folder)
                continue
            steps = [(folder, at + 1)] if pattern[at] == "**" else []
            steps += self._below(folder, at, pattern[at])
            pending += (step for step in steps if step not in seen)
            seen.update(steps)
        return found

    def _below(self, folder: str, at: int, segment: str) -> Iterator[tuple[str, int]]:
        matching = re.compile(translate(segment)) if segment != "**" else None
        self._left -= 1
        if self._left < 0:
            raise InvalidRequest(f"search paths lead to more than {MAX_VISITED} folders")
        for name in self._snapshot.folders(folder):
            if name != ".git" and (matching is None or matching.match(name)):
                yield f"{folder}/{name}" if folder else name, at + (matching is not None)
