"""Plain folders on disk, watched."""

import asyncio
import logging
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from watchfiles import watch

from configserver.backends import Seen
from configserver.backends.bell import Bell, News
from configserver.backends.flight import end
from configserver.backends.folders import NativeSnapshot
from configserver.snapshot import Snapshot

_log = logging.getLogger(__name__)
_DEBOUNCE_MS = 50
_STEP_MS = 10
_TICK_MS = 200
_PAUSE = 1.0


class NativeSource:
    """Folders whose answers are kept as long as the watched files do not change.

    While they cannot be watched (a root is missing, the system refuses), every request looks anew.

    Args:
        roots: absolute paths of folders.
        bell: rung when something in them changed, or when they come to be watched or cannot be.

    Attributes:
        uris: the folders.
    """

    def __init__(self, roots: Iterable[str], *, bell: Bell | None = None) -> None:
        self._roots = tuple(dict.fromkeys(roots))
        self.uris = tuple(f"file:{root}" for root in self._roots)
        self._bell = bell or Bell()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._generation: object | None = None
        self._thread = ThreadPoolExecutor(1, "native-watch")
        self._stopped = threading.Event()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.submit(self._follow)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        await end(self._thread)

    def now(self) -> object | None:
        """Return the current generation, or None while nothing is watched."""
        return self._generation

    async def sync(self) -> object:
        """Return the current generation, a new one each time while nothing is watched."""
        return self._generation or object()

    def mark(self, label: str | None) -> object:  # noqa: ARG002 - a label is a folder here
        """See SnapshotSource; another one each time while nothing is watched."""
        return self._generation or object()

    async def refresh(self) -> None:
        """Take it that something has changed."""
        if self._generation is not None:
            self._generation = object()
        self._bell.ring(News(self, ", ".join(self._roots)))

    def ready(self) -> bool:
        """Say at once whether something can be served."""
        return True

    def commit(self) -> str | None:
        """Say at once which commit is served by default, None if unknown."""
        return None

    def seen(self) -> Seen:
        """Say that it is read in place."""
        return Seen()

    async def healed(self) -> bool:
        """Say that nothing is mended here."""
        return False

    def snapshot(self, label: str | None) -> Snapshot:  # noqa: ARG002 - a label is a folder here
        """See SnapshotSource."""
        return NativeSnapshot(self._roots)

    def _follow(self) -> None:
        """Watch until closed; in the thread."""
        while not self._stopped.is_set():
            present = self._present()
            try:
                if present:
                    self._watch(present)
            except (OSError, RuntimeError) as error:
                _log.warning("cannot watch the search locations: %s", type(error).__name__)
            self._serve(None)
            self._stopped.wait(_PAUSE)

    def _watch(self, present: list[str]) -> None:
        """Begin a generation at the first tick, when watching is established, and at each change.

        Return when a root comes or goes.
        """
        changes = watch(
            *present,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=self._stopped,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changed in changes:
            if self._present() != present:
                return
            if len(present) == len(self._roots) and (changed or self._generation is None):
                self._serve(object())

    def _serve(self, generation: object | None) -> None:
        """Begin a generation, None if nothing can be watched; in the thread."""
        if generation is None and self._generation is None:
            return
        self._generation = generation
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                news = News(self, ", ".join(self._roots))
                self._loop.call_soon_threadsafe(self._bell.ring, news)

    def _present(self) -> list[str]:
        """Return the real paths of the roots that exist; a link may be turned elsewhere."""
        return [os.path.realpath(root) for root in self._roots if Path(root).is_dir()]
