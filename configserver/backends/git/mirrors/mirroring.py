"""Keeping one remote's mirror: opened, cloned, fetched, made anew when damaged, and served."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from configserver.backends.git.commits import Commits
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.jobs import Move
from configserver.backends.git.mirrors.doubts import Doubts
from configserver.backends.git.mirrors.generations import Generations
from configserver.backends.git.mirrors.mirror import Mirror, damage_at
from configserver.backends.git.places import is_own_folder, remove
from configserver.backends.git.refs import Refs
from configserver.backends.git.repository import Repository
from configserver.backends.git.upstream import Upstream
from configserver.logs import get_logger

T = TypeVar("T")

_log = get_logger(__name__)
_LINGER: Final = 30.0
"""Seconds that readers of an older generation have to finish."""


class Mirroring:
    """A remote's mirror and what is served of it.

    Except for `doubt`, for the event loop; `open` and `update` by one task at a time.

    Args:
        generations: the mirror on disk.
        upstream: where it is fetched from.
        commits: what is served; changed in one assignment when something moved.
        pool: threads for the disk.

    Attributes:
        alarm: called on the loop when the mirror looks damaged: `update` then finds out.
        moved: called on the loop when other refs are served, with the older ones.
        size: bytes on disk.
        memory: the most bytes that the last fetch held in memory.
    """

    def __init__(
        self, generations: Generations, upstream: Upstream, commits: Commits, pool: Executor
    ) -> None:
        self._generations = generations
        self._upstream = upstream
        self._commits = commits
        self._pool = pool
        self.alarm: Callable[[], None] = _nothing
        self.moved: Callable[[Refs | None, Refs, Repository], None] = _nothing
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known = False
        self._mirror: Mirror | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._doubts = Doubts()
        self.size = 0
        self.memory: int | None = None

    @property
    def held(self) -> tuple[Move, ...]:
        """Moves that a fail-over host wants, and that are not followed."""
        return self._generations.held

    @property
    def seen_at(self) -> float | None:
        """When the remote was last seen by an earlier process, in seconds since 1970."""
        return self._generations.seen_at

    @property
    def empty(self) -> bool:
        """Whether there is nothing to serve."""
        return self._mirror is None

    @property
    def healing(self) -> bool:
        """Whether the mirror is, or may be, damaged."""
        return self._doubts.any

    async def open(self) -> None:
        """Serve the mirror of an earlier run, if there is one that is whole.

        Raises:
            OSError: the folder cannot be used.
        """
        self._loop = asyncio.get_running_loop()
        found = await self.run(self._generations.open)
        self._known = True
        if found is not None:
            mirror, refs, self.size = found
            self._serve(mirror, refs)

    async def update(self) -> None:
        """Bring the mirror up to date, by a clone if there is none that can be used.

        Raises:
            Unreachable: that is not possible; what is served stays as it is.
            OSError: the folder cannot be used.
            BackendFailure: the clone is not whole.
        """
        if not self._known:
            await self.open()
        mirror = self._mirror
        if mirror is None:
            await self._clone()
            return
        damage = await self._damage(mirror)
        if damage is None:
            try:
                await self._fetch(mirror)
            except Unreachable as error:
                too_soon = self._doubts.is_too_soon(time.monotonic())
                if error.fault is not Fault.MIRROR or too_soon:
                    raise
                damage = error.reason
            else:
                return
        if not self._doubts.certain:
            shown = self._upstream.shown
            _log.warning("mirror damaged, cloning anew", repository=shown, reason=damage)
        self._doubts.certain = True
        await self._clone()

    def doubt(self, object_id: str | None = None) -> None:
        """Note, from any thread, that an object could not be read."""
        if self._doubts.note(object_id, time.monotonic()) and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.alarm)

    async def close(self, *, discard: bool = False) -> None:
        """Close all that is open; what nobody uses any more is removed, or all of it."""
        for timer in self._timers:
            timer.cancel()
        await self.run(self._generations.discard if discard else self._generations.close)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work in a thread; wait for its end even if cancelled."""
        running = asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def _damage(self, mirror: Mirror) -> str | None:
        """Return what is wrong with the mirror in use, as far as there is a doubt."""
        if self._doubts.certain:
            return "it was before"
        if not await self.run(is_own_folder, mirror.path):
            return "its folder is missing"
        doubt = self._doubts.current
        if doubt is None:
            return None
        damage = await self.run(damage_at, mirror.path, doubt.object_id)
        self._doubts.checked(time.monotonic())
        return damage

    async def _fetch(self, mirror: Mirror) -> None:
        arrival = await self._upstream.fetch(lambda: mirror.path)
        refs = await self.run(self._generations.settle, mirror, arrival)
        self.size, self.memory = arrival.fetched.size, arrival.fetched.memory
        self._serve(mirror, refs)

    async def _clone(self) -> None:
        """Clone beside the mirror that there may be, and serve the clone when it is whole.

        Branches that the remote deleted, and were kept, are lost then. A clone from a fail-over
        host is followed even if that is behind: what is served otherwise is damaged.
        """
        tried: list[Path] = []

        def place() -> Path:
            tried.append(self._generations.folder.beside())
            return tried[-1]

        await self.run(self._generations.folder.prepare)
        try:
            arrival = await self._upstream.fetch(place)
            mirror, refs = await self.run(self._generations.adopt, arrival.path)
        finally:
            for path in tried:
                with suppress(RuntimeError):
                    self._pool.submit(remove, path)
        before = self._mirror
        if before is not None:
            self._doubts.healed(time.monotonic())
            self._retire_later(before)
        self.size, self.memory = arrival.fetched.size, arrival.fetched.memory
        self._serve(mirror, refs)
        _log.info("cloned", repository=arrival.shown, commit=self._commits.head(), size=self.size)

    def _serve(self, mirror: Mirror, refs: Refs) -> None:
        """Serve these refs; as the same generation if they are what is served already."""
        known = self._commits.refs
        if known is not None and known.ids == refs.ids:
            refs = known
        self._mirror = mirror
        mirror.repository.on_damage = self.doubt
        self._commits.serve(mirror.repository, refs)
        if refs is not known:
            self.moved(known, refs, mirror.repository)

    def _retire_later(self, mirror: Mirror) -> None:
        def retire() -> None:
            self._timers.discard(timer)
            self._pool.submit(self._generations.retire, mirror)

        timer = asyncio.get_running_loop().call_later(_LINGER, retire)
        self._timers.add(timer)


def _nothing(*_: object) -> None:
    """Do nothing: nobody listens yet."""
