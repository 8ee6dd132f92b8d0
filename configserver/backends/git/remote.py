"""A remote repository, served from a mirror that follows it through all weathers."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from types import TracebackType
from typing import Self

from configserver.backends import Seen
from configserver.backends.bell import Bell
from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.contact import Contact
from configserver.backends.git.faults import Fault
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.mirrors.folder import MirrorFolder
from configserver.backends.git.mirrors.generations import Generations
from configserver.backends.git.mirrors.mirroring import Mirroring
from configserver.backends.git.refs import Refs
from configserver.backends.git.report import Report
from configserver.backends.git.upstream import Upstream
from configserver.backends.git.watch import Watch
from configserver.backends.looking import is_looking
from configserver.errors import BackendFailure
from configserver.logs import get_logger
from configserver.snapshot import Snapshot

_log = get_logger(__name__)


class RemoteSource:
    """Serves the newest commits known of a remote and looks for newer ones as `freshness` says.

    A mirror of an earlier run is opened without the network. Requests share one attempt to fetch
    at a time. After one that failed nobody waits for another until the remote is back: they are
    made in the background.

    It has no thread and no process of its own, so there may be many.

    Args:
        addresses: where the remote is: the first URI, then those to fail over to.
        access: how it is reached.
        folder: where its mirror is on disk; no other source may have the same.
        fetchers: the processes that fetch, shared by all.
        pool: threads for disk work, shared by all.
        freshness: when to look and for how long requests wait for that.
        commits: what labels mean.
        clone_timeout: seconds for a whole transfer once the remote has answered.
        prune: forget branches that the remote deleted.
        clone_on_start: do not open without something to serve.
        again: seconds until the first URI is tried again while another one is used.
        bell: rung when other refs are served.
    """

    def __init__(  # noqa: PLR0913 - what an operator can set
        self,
        addresses: Sequence[Address],
        *,
        access: Access,
        folder: MirrorFolder,
        fetchers: Fetchers,
        pool: Executor,
        freshness: Freshness,
        commits: Commits,
        clone_timeout: float = 120.0,
        prune: bool = False,
        clone_on_start: bool = False,
        again: float = 60.0,
        bell: Bell | None = None,
    ) -> None:
        self.uris = tuple(address.shown for address in addresses)  # masked
        self._freshness = freshness
        self._commits = commits
        self._clone_seconds = max(clone_timeout, freshness.timeout) * len(addresses)
        self._clone_on_start = clone_on_start
        self._upstream = Upstream(
            addresses,
            fetchers=fetchers,
            access=access,
            timeout=freshness.timeout,
            transfer_timeout=clone_timeout,
            prune=prune,
            again=again,
        )
        self._contact = Contact(self.uris[0])
        self._mirroring = Mirroring(Generations(folder), self._upstream, commits, pool)
        bell = bell or Bell()
        self._watch = Watch(self._mirroring, self._upstream, self._contact, freshness, bell)
        self._mirroring.moved = partial(bell.moved, self, self.uris[0])

    async def __aenter__(self) -> Self:
        try:
            await self._mirroring.open()
        except OSError as error:
            self._contact.failed(error)
        self._contact.remember(self._mirroring.seen_at)
        if self._clone_on_start:
            try:
                await self._clone_first()
            except BaseException:
                await self._close()
                raise
        self._watch.start(look=not self.ready() or not self._freshness.never)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def discard(self) -> None:
        """Close it and delete its mirror."""
        await self._close(discard=True)

    @property
    def stale(self) -> bool:
        """Whether the last look at the remote failed, takes longer than allowed, or told less."""
        return not self._contact.breaker.closed or self._watch.slow or bool(self._mirroring.held)

    @property
    def age(self) -> float:
        """Seconds since what is served was known to be the newest; infinite if it never was."""
        return self._contact.age

    @property
    def absent(self) -> bool:
        """Whether the remote said that there is no such repository, and nothing is served."""
        return self._commits.refs is None and self._contact.fault is Fault.ABSENT

    @property
    def size(self) -> int:
        """Bytes of the mirror on disk."""
        return self._mirroring.size

    def now(self) -> Refs | None:
        """Return the refs if no look at the remote is due, or none that is worth to wait for."""
        refs = self._commits.refs
        if not is_looking():
            return refs
        self._watch.use()
        if refs is None or self._is_too_old():
            return None
        if not self._contact.breaker.closed:
            self._watch.ask()
            return refs
        age = self.age
        if self._freshness.wants(age):
            self._watch.glance()
        if self._watch.slow or self._watch.apart or self._freshness.allows(age):
            return refs
        return None

    async def sync(self) -> Refs:
        """Look for news as long as the freshness allows and return what is known then.

        Raises:
            NoSuchRepository: the remote was never reached.
            Unavailable: it was not seen for longer than allowed.
        """
        if not self._contact.breaker.closed:
            self._watch.ask()
        elif self._commits.refs is None:
            await self._watch.clone(self._freshness.timeout)
        elif self._is_too_old():
            await self._watch.look(whole=True)
        elif not self._freshness.allows(self.age):
            await self._watch.look(whole=False)
        elif self._freshness.wants(self.age):
            self._watch.glance()
        refs = self._commits.refs
        if refs is None:
            raise self._contact.nothing()
        if self._is_too_old():
            raise self._contact.too_old()
        return refs

    async def refresh(self) -> Refs | None:
        """Look at the remote now, as after a push; return what is known after the time limit."""
        await self._watch.push()
        return self._commits.refs

    def mark(self, label: str | None) -> object | None:
        """See SnapshotSource."""
        return self._commits.mark(label)

    async def healed(self) -> bool:
        """See SnapshotSource; a damaged mirror is replaced, and waited for as for news."""
        if not self._mirroring.healing or not self._contact.breaker.closed:
            return False
        await self._watch.clone(self._freshness.timeout)
        return not self._mirroring.healing

    def ready(self) -> bool:
        """Say at once whether something can be served."""
        return self._commits.refs is not None

    def commit(self) -> str | None:
        """Say at once which commit is served by default, None if unknown."""
        return self._commits.head()

    def seen(self) -> Seen:
        """Say how long ago the remote was seen, and whether that went well."""
        return Seen(self.age, self.stale)

    def report(self) -> Report:
        """Say at once all that is known."""
        return self._contact.report(
            uri=self._upstream.shown,
            commit=self.commit(),
            stale=self.stale,
            size=self.size,
            memory=self._mirroring.memory,
            absent=self.absent,
        )

    def snapshot(self, label: str | None) -> Snapshot:
        """See SnapshotSource."""
        try:
            return self._commits.snapshot(label)
        except BackendFailure:
            if self._commits.names(label):
                self._mirroring.doubt()
            raise

    async def _clone_first(self) -> None:
        """Wait for something to serve, which is there at once after an earlier run.

        Raises:
            Unavailable: there is nothing.
            NoSuchLabel: there is a repository, but not what it shall serve by default.
        """
        if self.ready():
            _log.info("serving the mirror of an earlier run", repository=self.uris[0])
            return
        await self._watch.clone(self._clone_seconds)
        if not self.ready():
            raise self._contact.not_cloned()
        await self._mirroring.run(self._commits.snapshot, None)

    async def _close(self, *, discard: bool = False) -> None:
        await self._watch.close()
        await self._mirroring.close(discard=discard)

    def _is_too_old(self) -> bool:
        return self._freshness.forbids(self._contact.known_age)
