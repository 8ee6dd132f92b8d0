"""From a snapshot and a query to property sources, highest precedence first.

What a Spring Boot application would load that is started with these profiles and search locations,
stage by stage: what needs no profiles, then what those files say about profiles, then the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from configserver.environment.activation import Activation
from configserver.environment.binding import Binder
from configserver.environment.contributors import Contributor, Part, Phase, walk
from configserver.environment.imports import (
    Candidate,
    Group,
    UnusableLocation,
    candidates,
    directory,
    paths,
)
from configserver.environment.naming import Naming
from configserver.environment.profiles import (
    active_profiles,
    cloud_platform,
    ignores_profile_keys,
    refuse_misplaced_keys,
)
from configserver.environment.relaxed import IMPORT, SpringKeys
from configserver.environment.search import Location
from configserver.errors import InvalidFile, InvalidRequest
from configserver.formats import parse
from configserver.model import Document, PropertySource
from configserver.query import Query
from configserver.snapshot import Snapshot

MAX_PLACES = 200_000
"""How many places may be looked at for one environment, each counted as place and as path."""

Documents: TypeAlias = Callable[[str], tuple[Document, ...]]
"""Returns the documents of a file of the snapshot, or raises InvalidFile."""


def assemble(
    query: Query,
    locations: Sequence[Location],
    snapshot: Snapshot,
    *,
    documents: Documents,
    naming: Naming,
) -> tuple[PropertySource, ...]:
    """Return the property sources of a query, highest precedence first.

    Args:
        query: applications and profiles; the label was spent on the snapshot.
        locations: folders to search, weakest first.
        snapshot: where files are.
        documents: parses a file of the snapshot.
        naming: names the sources.

    Raises:
        InvalidFile: a file does not parse, or holds what may not stand there.
        InvalidRequest: too many places would have to be looked at.
    """
    return _Assembly(query, locations, snapshot, documents, naming).sources()


class _Assembly:
    """One run: the tree so far, and the files that were loaded."""

    def __init__(
        self,
        query: Query,
        locations: Sequence[Location],
        snapshot: Snapshot,
        documents: Documents,
        naming: Naming,
    ) -> None:
        self._query = query
        self._names = tuple(dict.fromkeys(("application", *query.applications)))
        self._locations = locations
        self._snapshot = snapshot
        self._documents = documents
        self._naming = naming
        group = Group(tuple((place.text, directory(place.path)) for place in locations))
        self._root = Contributor(None, bound=True, imports=(group,) if locations else ())
        self._binder = Binder(self._root, _setup(query), naming)
        self._loaded: set[str] = set()
        self._looked_at = 0

    def sources(self) -> tuple[PropertySource, ...]:
        requested = self._query.profile_names
        self._import(Phase.BEFORE_PROFILES)
        platform = cloud_platform(self._contributors(), self._binder)
        self._binder.activation = Activation(platform)
        self._import(Phase.BEFORE_PROFILES)
        profiles = active_profiles(requested, self._contributors(), self._binder)
        self._binder.activation = Activation(platform, profiles)
        self._import(Phase.WITH_PROFILES, profiles)
        refuse_misplaced_keys(self._contributors(), ignored=ignores_profile_keys(requested))
        return tuple(
            self._source(found.part)
            for found in self._contributors()
            if found.part is not None and self._binder.is_active(found)
        )

    def _contributors(self) -> list[Contributor]:
        return list(walk(self._root))

    def _source(self, part: Part) -> PropertySource:
        return PropertySource(
            self._naming.name(part.path, part.location, part.index),
            part.document.properties,
            part.document.origins,
            part.path,
        )

    def _import(self, phase: Phase, profiles: Sequence[str] = ()) -> None:
        """Load what active documents import, strongest first, imports of imports at once."""
        stack = [(self._root, False)]
        while stack:
            contributor, open_ = stack.pop()
            if not open_:
                stack.append((contributor, True))
                stack.extend((child, False) for child in reversed(contributor.below()))
                continue
            self._binder.bind(contributor)
            if phase in contributor.children or not contributor.imports:
                continue
            if self._binder.is_active(contributor):
                contributor.adopt(phase, self._imported(contributor, profiles))
                children = reversed(contributor.children[phase])
                stack += [(contributor, True), *((child, False) for child in children)]

    def _imported(self, contributor: Contributor, profiles: Sequence[str]) -> list[Contributor]:
        """Load the files of all imports that were not loaded before, the last ones first."""
        try:
            found = [
                (candidate, path)
                for group in contributor.imports
                for some in ((None,), profiles)
                for candidate in candidates(group, self._names, some)
                for path in self._files(candidate, contributor.part)
            ]
        except UnusableLocation as error:
            if contributor.part is None:
                raise InvalidRequest(f"a search location is {error}") from None
            raise contributor.part.keys.invalid(IMPORT, str(error)) from None
        children: list[Contributor] = []
        for candidate, path in reversed(found):
            if path not in self._loaded:
                self._loaded.add(path)
                children += self._children(candidate, path)
        return children

    def _files(self, candidate: Candidate, importer: Part | None) -> Iterator[str]:
        self._count()
        for path in paths(candidate.place, self._snapshot):
            self._count()
            served = importer is None or self._is_served(path)
            if served and self._snapshot.blob(path) is not None:
                yield path

    def _count(self) -> None:
        self._looked_at += 1
        if self._looked_at > MAX_PLACES:
            raise InvalidRequest(
                f"more than {MAX_PLACES} places would have to be looked at",
                hint="ask for fewer applications and profiles at once",
            )

    def _is_served(self, path: str) -> bool:
        """Say whether a file is below a search location; others are not to be had by imports."""
        folders = (place.path.partition("*")[0].rstrip("/") for place in self._locations)
        return any(not folder or path.startswith(f"{folder}/") for folder in folders)

    def _children(self, candidate: Candidate, path: str) -> Iterator[Contributor]:
        found = self._parsed(path, candidate.hint)
        for index in reversed(range(len(found))):
            part = Part(
                path=path,
                place=candidate.place,
                location=candidate.location,
                index=index if len(found) > 1 else None,
                document=found[index],
                keys=SpringKeys(found[index], path),
                profile_file=candidate.profile is not None,
            )
            yield Contributor(part, rises=candidate.profile is not None)

    def _parsed(self, path: str, hint: str | None) -> tuple[Document, ...]:
        """Parse a file, by a hint as if it had another extension."""
        if hint is None:
            return self._documents(path)
        try:
            return parse(f"{path}.{hint}", self._snapshot.read(path))
        except InvalidFile as error:
            error.path = path
            raise


def _setup(query: Query) -> dict[str, str]:
    """Return what placeholders in imports and conditions find before any file."""
    shared = query.name == "application"
    return {
        "spring.profiles.active": query.profiles,
        "spring.config.name": query.name if shared else f"application,{query.name}",
        "spring.config.on-not-found": "IGNORE",
    }
