"""What all backends that hold trees of files share: labels to snapshots to environments."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from types import TracebackType
from typing import Self

from configserver.backends import Seen
from configserver.backends.ahead import Made, made
from configserver.backends.answers import Answers, Found, Memory
from configserver.backends.flight import SingleFlight
from configserver.backends.layouts import Layout
from configserver.backends.moments import BEFORE, Moment, Reader
from configserver.backends.sources import SnapshotSource
from configserver.environment.files import find_file
from configserver.errors import BackendFailure, ConfigError, NoSuchFile, NoSuchLabel
from configserver.formats.cache import DocumentCache
from configserver.model import AS_ASKED, Environment, File, PropertySource, Provenance
from configserver.query import Query
from configserver.snapshot import Snapshot


class SnapshotBackend:
    """Answers queries from snapshots; each answer is computed once per version.

    What was encrypted in files is kept no longer than they are served.

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
        self._moment = BEFORE
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
        self._enter(BEFORE)
        await self._source.__aexit__(kind, error, traceback)

    def now(self) -> object | None:
        """See Backend."""
        served = self._source.now()
        return None if served is None else self._at(served).generation

    async def sync(self) -> object:
        """See Backend."""
        return self._at(await self._source.sync()).generation

    def seen(self) -> Seen:
        """See Backend."""
        return self._source.seen()

    def mark(self, query: Query) -> object | None:
        """Return at once what changes whenever the answer to a query may; None without any."""
        apart = query.label is not None and self._layout.labels_apart
        labels = query.labels if apart else (query.label,)
        marks = tuple(self._source.mark(label) for label in labels)
        return None if None in marks else (self._epoch(), *marks)

    async def find(self, query: Query) -> Environment:
        """See Backend."""
        moment = self._at(self._source.now() or await self._source.sync())
        self._synced = True
        known = self._answers.current(query, moment)
        if known is not None:
            return known
        return await self._flights.run((moment, query), lambda: self._resolve(moment, query))

    async def prepare(self, queries: Sequence[Query]) -> None:
        """Make the answers of some queries in one go, so that `find` has them at once.

        It is left to `find` to say why there is none. Nothing is done while nothing is served.
        """
        served = self._source.now()
        if served is None:
            return
        moment = self._at(served)
        missing = [query for query in queries if self._answers.current(query, moment) is None]
        loop = asyncio.get_running_loop()
        for one in await loop.run_in_executor(self._pool, self._made, missing, moment):
            self._answers.made_of(one.query, one.versions, moment)
            self._answers.keep(one.query, one.versions, one.found, moment)

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

    def _at(self, served: object) -> Moment:
        """Return the moment in which a generation of the source is served."""
        epoch = self._epoch()
        if self._moment.served is not served or self._moment.epoch is not epoch:
            self._enter(Moment(served, epoch))
        return self._moment

    def _epoch(self) -> object:
        """Return what changes with the keys of what is encrypted in files."""
        return self._documents.opener.epoch if self._documents.opener else None

    def _enter(self, moment: Moment) -> None:
        """Begin a moment; what was decrypted in the last one is dropped."""
        self._answers.enter(moment)
        self._documents.end(self._moment)
        if moment.epoch is not None:
            self._documents.begin(moment)
        self._moment = moment

    async def _resolve(self, moment: Moment, query: Query) -> Environment:
        try:
            return await self._compute(moment, query)
        except BackendFailure:
            if not await self._source.healed():
                raise
        return await self._compute(moment, query)

    async def _compute(self, moment: Moment, query: Query) -> Environment:
        loop = asyncio.get_running_loop()
        snapshots = await loop.run_in_executor(self._pool, self._snapshots, query)
        versions = moment.versions(snapshots)
        known = self._answers.made_of(query, versions, moment)
        if known is not None:
            return known
        found = await loop.run_in_executor(self._pool, self._found, query, snapshots, moment)
        self._answers.keep(query, versions, found, moment)
        return found.environment

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

    def _made(self, queries: Sequence[Query], moment: Moment) -> list[Made]:
        """Answer what can be answered; in the pool."""
        return made(queries, moment, snapshots=self._snapshots, found=self._found)

    def _skips(self, query: Query) -> bool:
        return self._layout.skip_failing and len(query.labels) > 1

    def _found(
        self, query: Query, snapshots: Sequence[tuple[str | None, Snapshot]], moment: Moment
    ) -> Found:
        """Put the sources of all labels one after the other, the last one first; in the pool."""
        reader = Reader(self._documents, moment)
        sources: list[PropertySource] = []
        versions: list[str] = []
        for label, snapshot in reversed(snapshots):
            try:
                sources += self._sources(query, label, snapshot, reader)
            except ConfigError:
                if not self._skips(query):
                    raise
                continue
            versions.insert(0, snapshot.version or "")
        found = Environment(
            name=query.name,
            profiles=query.profiles,
            label=query.label,
            version=",".join(versions) if self._layout.labels_apart else self._layout.version,
            state=self._layout.state,
            sources=tuple(sources),
            provenance=_provenance([snapshot for _, snapshot in snapshots]),
        )
        return Found(found, reader.encrypted)

    def _sources(
        self, query: Query, label: str | None, snapshot: Snapshot, reader: Reader
    ) -> Sequence[PropertySource]:
        layout = self._layout
        try:
            locations = layout.locate(query, label, snapshot)
            return reader.sources(query, locations, snapshot, layout.naming)
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
            content = self._opened(found, snapshot.read(found))
            return File(found, content, version or layout.version, snapshot.modified(found))
        except ConfigError as error:
            raise error.at(repository=layout.repository, version=version) from None

    def _opened(self, path: str, content: bytes) -> bytes:
        opener = self._documents.opener
        plain = opener.open(path, content) if opener else None
        return content if plain is None else plain


def _provenance(snapshots: Sequence[Snapshot]) -> Provenance:
    """Name the labels that stood in for others, with commas between several."""
    labels = [snapshot.stand_in for snapshot in snapshots if snapshot.stand_in]
    return Provenance(label=",".join(labels)) if labels else AS_ASKED
