"""Which of several Git repositories answers a query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from configserver.backends import Backend
from configserver.backends.chain import Chain, Step
from configserver.backends.chosen import Candidates, Chosen
from configserver.backends.members import Failing
from configserver.backends.patterns import NO_PATTERNS, Patterns
from configserver.backends.registry import Registry
from configserver.backends.resident import Resident
from configserver.backends.templates import Template
from configserver.backends.tenants import Target
from configserver.errors import NoSuchRepository
from configserver.query import Query
from configserver.secret import mask_uris


class Place(Protocol):
    """Where a repository of the settings is: one backend, or one for each resolved URI."""

    @property
    def is_template(self) -> bool:
        """Whether queries have a part in the URI."""

    def at(self, query: Query, profiles: str) -> tuple[Backend, str]:
        """Return the backend and its masked URI, `profiles` standing for `{profile}`.

        Raises:
            NoSuchRepository: there can be none.
        """


@dataclass(frozen=True, slots=True)
class Fixed:
    """A repository with one URI.

    Attributes:
        backend: what serves it; opened and closed by others.
        shown: its masked URI.
    """

    backend: Backend
    shown: str
    is_template = False

    def at(self, query: Query, profiles: str) -> tuple[Backend, str]:  # noqa: ARG002 - see Place
        """See Place."""
        return self.backend, self.shown


@dataclass(frozen=True, slots=True)
class Templated:
    """A repository whose URI has placeholders.

    Attributes:
        template: the URI.
        registry: where its backends are.
        owner: the name of the repository in targets, see Target.
    """

    template: Template
    registry: Registry
    owner: str = ""
    is_template = True

    def at(self, query: Query, profiles: str) -> tuple[Backend, str]:
        """See Place."""
        uri = self.template.resolve(query, profiles)
        return Resident(self.registry, Target(self.owner, uri)), mask_uris(uri)


@dataclass(frozen=True, slots=True)
class Repository:
    """The default repository, or a nested one.

    Attributes:
        place: where it is.
        key: its name in `git.repos.*`, empty for the default one.
        patterns: which queries it is for; the default one is for all others.
        default_label: what is served of it if no label is asked for.
        workdir: absolute path that stands for its directory in names of sources.
        skip_failing: of several labels, leave out those that fail.
    """

    place: Place
    key: str = ""
    patterns: Patterns = NO_PATTERNS
    default_label: str = "main"
    workdir: str = ""
    skip_failing: bool = False

    def accepts(self, query: Query) -> bool:
        """Say whether the patterns accept a query.

        As in the original one profile has to match, and without placeholders in the URI all of
        them as asked for, too: `*/staging` accepts `staging,cloud` but not `cloud,staging`.
        """
        return self.patterns.match_some_profile(query) and (
            self.place.is_template or self.patterns.match_all_profiles(query)
        )


class GitRouter:
    """Nested repositories with patterns, in order, and a default one for all other queries.

    The first one that accepts a query answers it, or fails: nobody is given the configuration of
    another repository because theirs has trouble. With `fall_through` the next one that accepts
    it answers then, and in the end the default one, as in the original.

    Args:
        default: the repository for what no pattern accepts.
        nested: the others, in the order of trial.
        fall_through: whether repositories stand in for those that fail.
    """

    def __init__(
        self, default: Repository, nested: Sequence[Repository] = (), *, fall_through: bool = False
    ) -> None:
        self._default = default
        self._nested = tuple(nested)
        self._fall_through = fall_through

    def route(self, query: Query) -> Backend:
        """See Router."""
        if self._fall_through:
            return self._chain(query)
        for repository in self._nested:
            if repository.accepts(query):
                return _chosen(repository, query)
        return self._default.place.at(query, query.profiles)[0]

    def _chain(self, query: Query) -> Backend:
        """Return all that may answer, with the label that the original would ask each for."""
        label = query.label
        steps: list[Step] = []
        for repository in self._nested:
            if not repository.patterns.match_some_profile(query):
                continue
            label = repository.default_label if label is None else label
            if repository.accepts(query):
                asked = replace(query, label=label)
                steps += [
                    Step(backend, asked, shown, repository.workdir)
                    for backend, shown in _candidates(repository, asked)
                ]
        default = self._default
        asked = replace(query, label=label)
        try:
            backend, shown = default.place.at(asked, query.profiles)
        except NoSuchRepository as error:
            backend, shown = Failing(error), error.repository or ""
        last = Step(backend, asked, shown, default.workdir)
        by_label = bool(steps) and len(query.labels) > 1 and not default.place.is_template
        return Chain(
            query, tuple(steps), last, by_label=by_label, skip_failing=default.skip_failing
        )


def _chosen(repository: Repository, query: Query) -> Backend:
    candidates = tuple(_candidates(repository, query))
    if not candidates:
        raise NoSuchRepository(
            f"the names in the request lead to no repository of '{repository.key}'",
            hint=f"see the placeholders in the uri of git.repos.{repository.key}",
        )
    chosen = tuple(
        Chosen(backend, repository.key, shown, is_template=repository.place.is_template)
        for backend, shown in candidates
    )
    return chosen[0] if len(chosen) == 1 else Candidates(chosen)


def _candidates(repository: Repository, query: Query) -> Iterator[tuple[Backend, str]]:
    """Yield what there can be, the repository of the last profile first, each once."""
    found: set[str] = set()
    for profile in reversed(query.profile_names):
        try:
            backend, shown = repository.place.at(query, profile)
        except NoSuchRepository:
            continue
        if shown not in found:
            found.add(shown)
            yield backend, shown
