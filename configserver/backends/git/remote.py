"""A remote repository, served from a bare mirror that follows it."""

import asyncio
import logging
import math
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from configserver.backends import Seen
from configserver.backends.flight import SharedProbe, end, wait_at_most
from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.mirror import Unreachable, Worker, mirror_path
from configserver.backends.git.ref_files import RefFiles
from configserver.backends.git.refs import Refs
from configserver.backends.git.repository import Repository
from configserver.errors import BackendFailure, ConfigError, NoSuchRepository
from configserver.snapshot import Snapshot

_log = logging.getLogger(__name__)
_RETRY = 1.0
_IDLE = 60.0


class RemoteSource:
    """Serves the newest commits known of a remote and looks for newer ones as `freshness` says.

    The mirror is opened from disk without the network, if there is one from an earlier run.
    All that blocks (the worker, reading refs) happens in one thread of its own.

    Args:
        address: where the remote is.
        state_dir: under which mirrors are kept.
        freshness: when to look and for how long requests wait for that.
        commits: what labels mean.
        clone_timeout: seconds for a whole transfer once the remote has answered.
        prune: forget branches that the remote deleted.
    """

    def __init__(  # noqa: PLR0913 - what an operator can set
        self,
        address: Address,
        *,
        state_dir: Path,
        freshness: Freshness,
        commits: Commits,
        clone_timeout: float = 120.0,
        prune: bool = False,
    ) -> None:
        self._address = address
        self._path = mirror_path(state_dir, address.shown)
        self._freshness = freshness
        self._commits = commits
        self._prune = prune
        self._worker = Worker(timeout=freshness.timeout, transfer_timeout=clone_timeout)
        self._files: RefFiles | None = None
        self._probe = SharedProbe(self._attempt)
        self._thread = ThreadPoolExecutor(1, "git-remote")
        self._poll: asyncio.Task[None] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._failure: ConfigError | None = None
        self._failed_at = -math.inf
        self._slow = False
        self.last_seen: float | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._commits.refs = await loop.run_in_executor(self._thread, self._open)
        self._poll = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.wait([self._poll])
        await asyncio.to_thread(self._worker.abort)
        await self._probe.close()
        if self._rest is not None:
            self._rest.cancel()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._worker.stop)
        await loop.run_in_executor(self._thread, self._commits.close)
        await end(self._thread)

    @property
    def stale(self) -> bool:
        """Whether the last look at the remote failed or takes longer than allowed."""
        return self._failure is not None or self._slow

    @property
    def age(self) -> float:
        """Seconds since what is served was known to be the newest; infinite if it never was."""
        return math.inf if self.last_seen is None else time.monotonic() - self.last_seen

    def now(self) -> Refs | None:
        """Return the refs if no look at the remote is due."""
        return self._commits.refs if self._freshness.allows(self.age) else None

    async def sync(self) -> Refs:
        """Look for news as long as the freshness allows and return what is known then.

        Raises:
            NoSuchRepository: the remote was never reached.
        """
        if self._commits.refs is None:
            await self._wait_for_clone()
        elif not self._freshness.allows(self.age):
            await self._look()
        if self._commits.refs is None:
            raise NoSuchRepository(
                "the remote repository was never reached", hint="the server's log says why"
            )
        return self._commits.refs

    async def refresh(self) -> Refs | None:
        """Look at the remote now, as after a push; return what is known after the time limit."""
        self._failed_at = -math.inf
        await wait_at_most(self._probe.join(), self._freshness.timeout)
        return self._commits.refs

    def ready(self) -> bool:
        """Say at once whether something can be served."""
        return self._commits.refs is not None

    def commit(self) -> str | None:
        """Say at once which commit is served by default, None if unknown."""
        return self._commits.head()

    def seen(self) -> Seen:
        """Say how long ago the remote was seen, and whether that went well."""
        return Seen(self.age, self.stale)

    def snapshot(self, label: str | None) -> Snapshot:
        """See SnapshotSource."""
        return self._commits.snapshot(label)

    async def _look(self) -> None:
        """Join a look at the remote; nobody waits for one that is known not to answer."""
        if self.stale:
            self._retry()
        elif self._freshness.strict:
            done = await wait_at_most(self._probe.join(), self._freshness.timeout)
            self._slow = self._slow or not done
        else:
            task = self._probe.current()
            spent = asyncio.get_running_loop().time() - self._probe.began
            await wait_at_most(task, self._freshness.patience - spent)

    async def _wait_for_clone(self) -> None:
        if self._failure is None:
            await wait_at_most(self._probe.current(), self._freshness.timeout)
        elif self._retry():
            await wait_at_most(self._probe.current(), self._freshness.patience)

    def _retry(self) -> bool:
        """Try again in the background unless the last failure is too recent."""
        due = time.monotonic() - self._failed_at >= _RETRY
        if due:
            _ = self._probe.current()
        return due

    async def _follow(self) -> None:
        """Look once at the start, then as often as configured."""
        while True:
            if self._commits.refs is None or not self._freshness.never:
                await wait_at_most(self._probe.current(), None)
            if not self._freshness.interval:
                return
            await asyncio.sleep(self._freshness.interval)

    async def _attempt(self) -> Refs:
        if self._failure is not None and time.monotonic() - self._failed_at < _RETRY:
            raise self._failure
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            refs = await loop.run_in_executor(self._thread, self._update)
        except (ConfigError, OSError) as found:
            error = found if isinstance(found, ConfigError) else _unwritable(found)
            if self._failure is None:
                _log.warning("cannot fetch %s: %s", self._address.shown, error.reason)
            self._failure, self._failed_at = error, time.monotonic()
            raise error from None
        finally:
            self._slow = False
            self._stop_when_idle()
        if self._failure is not None:
            _log.info("%s can be fetched again", self._address.shown)
        self._failure = None
        self.last_seen = began
        self._commits.refs = refs
        return refs

    def _stop_when_idle(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        loop = asyncio.get_running_loop()
        self._rest = loop.call_later(_IDLE, self._thread.submit, self._worker.stop)

    def _open(self) -> Refs | None:
        """Open the mirror of an earlier run; one that is damaged is made anew."""
        try:
            if not self._path.exists():
                return None
            repository = Repository(str(self._path))
            self._files = RefFiles(repository.git, branches_first=True)
            refs = self._files.read()
        except (BackendFailure, OSError):
            self._files = None
            shutil.rmtree(self._path, ignore_errors=True)
            return None
        self._commits.repository = repository
        return refs

    def _update(self) -> Refs:
        """Clone or fetch; in the thread."""
        uri = self._address.uri
        if self._files is not None:
            self._worker.fetch(uri, self._path, prune=self._prune)
            return self._files.read()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            self._worker.clone(uri, self._path, prune=self._prune)
        refs = self._open()
        if refs is None:
            raise Unreachable("the clone cannot be opened")
        return refs


def _unwritable(error: OSError) -> BackendFailure:
    return BackendFailure(f"the mirror cannot be written: {error.strerror}")
