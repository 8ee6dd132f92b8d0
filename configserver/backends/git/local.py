"""A repository on this machine, read in place and always current."""

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from configserver.backends import Seen
from configserver.backends.bell import Bell
from configserver.backends.flight import SharedProbe, end
from configserver.backends.git.commits import Commits
from configserver.backends.git.ref_files import RefFiles
from configserver.backends.git.refs import Refs
from configserver.backends.git.report import Report
from configserver.backends.git.repository import Repository
from configserver.backends.looking import is_looking
from configserver.errors import BackendFailure
from configserver.snapshot import Snapshot


class LocalSource:
    """Serves a repository without writing to it; each request sees all pushes before it.

    The look at the refs does not use the threads that answer requests, so that it never waits for
    a cold answer.

    Args:
        path: the repository's directory, bare or with a work tree.
        commits: what labels mean.
        pool: threads for disk work, shared by all; one of its own if not given.
        shown: its URI as it was configured, for reports.
        bell: rung when a look found refs that moved.

    Attributes:
        uris: its URI as it was configured.
        absent: whether there was no such directory at the last look.
        size: bytes that it takes besides the repository itself: none.
    """

    def __init__(
        self,
        path: str,
        commits: Commits,
        *,
        pool: Executor | None = None,
        shown: str = "",
        bell: Bell | None = None,
    ) -> None:
        self.absent = False
        self.size = 0
        self._path = path
        self._shown = shown or path
        self.uris = (self._shown,)
        self._bell = bell or Bell()
        self._commits = commits
        self._files: RefFiles | None = None
        self._probe = SharedProbe(self._look)
        self._thread = None if pool else ThreadPoolExecutor(1, "git-refs")
        self._pool = pool or self._thread

    async def __aenter__(self) -> Self:
        _ = self._probe.join()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._probe.close()
        await asyncio.get_running_loop().run_in_executor(self._pool, self._commits.close)
        if self._thread is not None:
            await end(self._thread)

    async def discard(self) -> None:
        """Close it; the repository is not ours to delete."""
        await self.__aexit__(None, None, None)

    def now(self) -> Refs | None:
        """Return None, since only a look can tell, or what the last look found."""
        return None if is_looking() else self._commits.refs

    def mark(self, label: str | None) -> object | None:
        """See SnapshotSource."""
        return self._commits.mark(label)

    async def refresh(self) -> None:
        """Look at the refs now.

        Raises:
            BackendFailure: there is no readable repository.
        """
        await self.sync()

    async def sync(self) -> Refs:
        """Return the refs as they are after this call began.

        Raises:
            BackendFailure: there is no readable repository.
        """
        return await asyncio.shield(self._probe.join())

    def ready(self) -> bool:
        """Say at once whether something can be served."""
        return self._commits.refs is not None

    def commit(self) -> str | None:
        """Say at once which commit is served by default, None if unknown."""
        return self._commits.head()

    def seen(self) -> Seen:
        """Say that it is read in place."""
        return Seen()

    def report(self) -> Report:
        """Say at once all that is known."""
        return Report(uri=self._shown, commit=self.commit(), absent=self.absent)

    async def healed(self) -> bool:
        """Say that nothing is mended here."""
        return False

    def snapshot(self, label: str | None) -> Snapshot:
        """See SnapshotSource."""
        return self._commits.snapshot(label)

    async def _look(self) -> Refs:
        before = self._commits.refs
        refs = await asyncio.get_running_loop().run_in_executor(self._pool, self._read)
        if refs is not before:
            self._bell.moved(self, self._shown, before, refs, self._repository)
        return refs

    def _read(self) -> Refs:
        self.absent = not Path(self._path).is_dir()
        if self._files is None:
            self._repository = Repository(self._path)
            self._files = RefFiles(self._repository.git, branches_first=False)
        try:
            refs = self._files.read()
        except OSError as error:
            raise BackendFailure(f"the refs cannot be read: {error.strerror}") from None
        self._commits.serve(self._repository, refs)
        return refs
