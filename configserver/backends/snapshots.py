"""What all backends that hold trees of files share: labels to snapshots to environments."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from types import TracebackType
from typing import Protocol, Self

from configserver.backends import Seen
from configserver.backends.answers import Answers, Memory
from configserver.backends.flight import SingleFlight
from configserver.backends.layouts import Layout
from configserver.environment.assemble import assemble
from configserver.environment.files import find_file
from configserver.errors import BackendFailure, ConfigError, NoSuchFile, NoSuchLabel
from configserver.formats.cache import DocumentCache
from configserver.model import AS_ASKED, Environment, File, PropertySource, Provenance
from configserver.query import Query
from configserver.snapshot import Snapshot


class SnapshotSource(Protocol):
    """A place with snapshots; an asynchronous context manager that owns its tasks and threads."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def now(self) -> object | None:
        """Return the current generation if it may be answered from right away, else None."""

    async def sync(self) -> object:
        """Look for news within the configured limits and return the generation.

        Raises:
            NoSuchRepository: nothing was ever fetched.
            BackendFailure: the place cannot be read.
        """

    def seen(self) -> Seen:
        """Say at once how fresh the current generation is."""

    async def healed(self) -> bool:
        """After a failure to read, wait within the limits for what can be read; say if it is."""

    def snapshot(self, label: str | None) -> Snapshot:
        """Return the snapshot that a label names, the default one for None; blocks.

        Raises:
            NoSuchLabel: it names none.
            NoSuchRepository: nothing was ever fetched.
            BackendFailure: the place cannot be read.
        """


class SnapshotBackend:
    """Answers queries from snapshots; each answer is computed once per version.

    Args:
        source: where snapshots come from.
        layout: how configuration lies in them.
        documents: parsed files, shared by all backends.
        pool: threads for reading and parsing.
        memory: of answers, shared by all backends.
    """

    def __init__(
        self,
        source: SnapshotSource,
        *,
        layout: Layout,
        documents: DocumentCache,
        pool: Executor,
        memory: Memory,
    ) -> None:
        self._source = source
        self._layout = layout
        self._documents = documents
        self._pool = pool
        self._flights = SingleFlight()
        self._answers = Answers(memory)
        self._synced = False

    async def __aenter__(self) -> Self:
        await self._source.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._flights.close()
        await self._source.__aexit__(kind, error, traceback)

    def now(self) -> object | None:
        """See Backend."""
        return self._source.now()

    async def sync(self) -> object:
        """See Backend."""
        return await self._source.sync()

    def seen(self) -> Seen:
        """See Backend."""
        return self._source.seen()

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        generation = self._source.now() or await self._source.sync()
        self._synced = True
        known = self._answers.current(query, generation)
        if known is not None:
            return known
        return await self._flights.run(
            (generation, query), lambda: self._resolve(generation, query)
        )

    async def file(self, query: Query, path: str) -> File:
        """See Backend; of the newest commits that `find` has seen, which is asked first."""
        if not self._synced:
            await self._source.sync()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, self._file, query, path)
        except BackendFailure:
            if not await self._source.healed():
                raise
        return await loop.run_in_executor(self._pool, self._file, query, path)

    async def _resolve(self, generation: object, query: Query) -> Environment:
        try:
            return await self._compute(generation, query)
        except BackendFailure:
            if not await self._source.healed():
                raise
        return await self._compute(generation, query)

    async def _compute(self, generation: object, query: Query) -> Environment:
        loop = asyncio.get_running_loop()
        snapshots = await loop.run_in_executor(self._pool, self._snapshots, query)
        versions = tuple(
            (snapshot.version or generation, snapshot.stand_in) for _, snapshot in snapshots
        )
        known = self._answers.made_of(query, versions, generation)
        if known is not None:
            return known
        found = await loop.run_in_executor(self._pool, self._environment, query, snapshots)
        self._answers.keep(query, versions, found)
        return found

    def _snapshots(self, query: Query) -> list[tuple[str | None, Snapshot]]:
        """Return a snapshot for each label, in the order asked for; in the pool."""
        if query.label is None or not self._layout.labels_apart:
            labels: Sequence[str | None] = (query.label,)
        else:
            labels = query.labels
        if not labels:
            raise NoSuchLabel("the label is empty", repository=self._layout.repository)
        found: list[tuple[str | None, Snapshot]] = []
        for label in labels:
            try:
                found.append((label, self._source.snapshot(label)))
            except ConfigError as error:
                if not self._skips(query):
                    raise error.at(repository=self._layout.repository) from None
        return found

    def _skips(self, query: Query) -> bool:
        return self._layout.skip_failing and len(query.labels) > 1

    def _environment(
        self, query: Query, snapshots: Sequence[tuple[str | None, Snapshot]]
    ) -> Environment:
        """Put the sources of all labels one after the other, the last one first; in the pool."""
        sources: list[PropertySource] = []
        versions: list[str] = []
        for label, snapshot in reversed(snapshots):
            try:
                sources += self._sources(query, label, snapshot)
            except ConfigError:
                if not self._skips(query):
                    raise
                continue
            versions.insert(0, snapshot.version or "")
        return Environment(
            name=query.name,
            profiles=query.profiles,
            label=query.label,
            version=",".join(versions) if self._layout.labels_apart else self._layout.version,
            state=self._layout.state,
            sources=tuple(sources),
            provenance=_provenance([snapshot for _, snapshot in snapshots]),
        )

    def _sources(
        self, query: Query, label: str | None, snapshot: Snapshot
    ) -> Sequence[PropertySource]:
        layout = self._layout
        try:
            return assemble(
                query,
                layout.locate(query, label, snapshot),
                snapshot,
                documents=lambda path: self._documents.documents(snapshot, path),
                naming=layout.naming,
            )
        except ConfigError as error:
            raise error.at(repository=layout.repository, version=snapshot.version) from None

    def _file(self, query: Query, path: str) -> File:
        """Find a file under the label as one name: lists are not split here; in the pool."""
        layout = self._layout
        version = None
        try:
            snapshot = self._source.snapshot(query.label)
            version = snapshot.version
            locations = layout.locate(query, query.label, snapshot)
            found = find_file(snapshot, locations, query, path, reverse=layout.reverse_files)
            if found is None:
                raise NoSuchFile("there is no such file", path=path)
            content = snapshot.read(found)
            return File(found, content, version or layout.version, snapshot.modified(found))
        except ConfigError as error:
            raise error.at(repository=layout.repository, version=version) from None


def _provenance(snapshots: Sequence[Snapshot]) -> Provenance:
    """Name the labels that stood in for others, with commas between several."""
    labels = [snapshot.stand_in for snapshot in snapshots if snapshot.stand_in]
    return Provenance(label=",".join(labels)) if labels else AS_ASKED
