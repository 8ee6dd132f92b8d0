"""Repositories that stand in for each other, as in the original."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from configserver.backends import Backend, Seen
from configserver.backends.members import generation_of, look, oldest
from configserver.errors import ConfigError, NoSuchFile
from configserver.logs import get_logger
from configserver.model import Environment, File, PropertySource
from configserver.query import Query

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A repository that may answer.

    Attributes:
        backend: what serves it.
        query: what it is asked for: the label may be another repository's default label.
        shown: its masked URI.
        workdir: see Repository.
    """

    backend: Backend
    query: Query
    shown: str
    workdir: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The repositories that accept a query and the default one: the first without error answers.

    All of them are looked at for each query, so that an answer holds no longer than what made it.

    Attributes:
        query: what was asked.
        steps: the nested repositories in the order of trial.
        last: the default one.
        by_label: ask for each label alone where no nested repository has them all.
        skip_failing: then leave out the labels that fail.
    """

    query: Query
    steps: Sequence[Step]
    last: Step
    by_label: bool = False
    skip_failing: bool = False

    def now(self) -> object | None:
        """See Backend."""
        return generation_of(self._members())

    async def sync(self) -> object:
        """See Backend."""
        return await look(self._members(), lenient=True)

    def seen(self) -> Seen:
        """See Backend."""
        return oldest(self._members())

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        failed = False
        for step in self.steps:
            try:
                found = await step.backend.find(step.query)
            except ConfigError as error:
                _passed_over(step, error)
                failed = True
                continue
            return _answer(found, query, step.shown if failed else None)
        if self.by_label:
            found = await self._found_by_label(query)
        else:
            found = await self.last.backend.find(self.last.query)
        return _answer(found, query, self.last.shown if failed else None)

    async def file(self, query: Query, path: str) -> File:
        """See Backend; a file is only taken from a repository that has an environment, too."""
        for step in self.steps:
            try:
                await step.backend.find(query)
                return await step.backend.file(query, path)
            except NoSuchFile:
                raise
            except ConfigError as error:
                _passed_over(step, error)
        return await self.last.backend.file(query, path)

    def _members(self) -> list[Backend]:
        return [*(step.backend for step in self.steps), self.last.backend]

    async def _found_by_label(self, query: Query) -> Environment:
        """Ask for each label alone, the last one first; every source shows the default URI."""
        sources: list[PropertySource] = []
        versions: list[str] = []
        for label in reversed(query.labels):
            try:
                found = await self._found_under(replace(query, label=label))
            except ConfigError:
                if not self.skip_failing:
                    raise
                continue
            sources += found.sources
            versions.insert(0, found.version or "")
        return Environment(
            name=query.name,
            profiles=query.profiles,
            label=query.label,
            version=",".join(versions),
            state="",
            sources=tuple(sources),
        )

    async def _found_under(self, query: Query) -> Environment:
        for step in self.steps:
            try:
                found = await step.backend.find(query)
            except ConfigError:
                continue
            moved = (displaced(source, step, self.last.shown) for source in found.sources)
            return replace(found, sources=tuple(moved))
        return await self.last.backend.find(query)


def displaced(source: PropertySource, step: Step, uri: str) -> PropertySource:
    """Name a source as the original does that takes it for another repository's.

    The directory, which is cut off the names of a repository's own sources, stays there.

    Args:
        source: of the repository of `step`.
        step: where it is from.
        uri: masked URI of the repository that it is taken for.
    """
    own = source.name.removeprefix(f"{step.shown}/")
    if own.startswith("Config resource '"):
        name = own.replace("' via location '", f"' via location 'file:{step.workdir}/", 1)
    else:
        name = f"file:{step.workdir}/{own}"
    return replace(source, name=f"{uri}/{name}")


def _answer(found: Environment, query: Query, stood_in: str | None) -> Environment:
    provenance = found.provenance
    if stood_in is not None:
        provenance = replace(provenance, repository=stood_in)
    return replace(found, label=query.label, provenance=provenance)


def _passed_over(step: Step, error: ConfigError) -> None:
    _log.info("repository passed over", repository=step.shown, reason=error.reason)
