"""Plain folders on disk, watched."""

import asyncio
import os
import threading
import time
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
from configserver.backends.folders import NativeSnapshot, fingerprint
from configserver.logs import get_logger
from configserver.snapshot import Snapshot

_log = get_logger(__name__)
_DEBOUNCE_MS = 50
_STEP_MS = 10
_TICK_MS = 200
_PAUSE = 1.0
"""Seconds between two tries to watch, and two looks where that is not possible."""
_SHARE = 10
"""How many times longer than a look the pause after it is."""

_TRY_AGAIN = 60.0
_HINT = "{}; until then they are looked at each second, and every request reads them anew"


class NativeSource:
    """Folders whose answers are kept as long as the watched files do not change.

    While they cannot be watched as a whole (a root is missing, the system refuses), every request
    looks anew, and edits are still told.

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
        self._warned = False
        self._seen: bytes | None = None

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
                    self._serve(None)  # one of them came or went
            except FileNotFoundError:  # in this very moment
                self._serve(None)
            except (OSError, RuntimeError) as error:
                self._warn(error)
                self._look_at(present)
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
            ignore_permission_denied=False,  # with it, limits of the system are ignored, too
        )
        established = False
        for changed in changes:
            if self._present() != present:
                return
            if changed or not established:
                established, self._warned, self._seen = True, False, None
                self._serve(object() if len(present) == len(self._roots) else None)

    def _look_at(self, present: list[str]) -> None:
        """Look for changes for a while, then let watching be tried again."""
        if self._generation is not None:
            self._serve(None)
        until = time.monotonic() + _TRY_AGAIN
        while time.monotonic() < until and self._present() == present:
            began = time.monotonic()
            seen = fingerprint(present)
            if seen != self._seen:
                self._seen = seen
                self._serve(None)
            if self._stopped.wait(max(_PAUSE, _SHARE * (time.monotonic() - began))):
                return

    def _warn(self, error: Exception) -> None:
        """Say that watching is not possible, once until it is."""
        if self._warned:
            return
        self._warned = True
        reason, hint = _explained(error)
        shown = ", ".join(self._roots)
        _log.warning(
            "search locations cannot be watched", locations=shown, reason=reason, hint=hint
        )

    def _serve(self, generation: object | None) -> None:
        """Begin a generation, None if nothing can be kept, and tell so; in the thread."""
        self._generation = generation
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                news = News(self, ", ".join(self._roots))
                self._loop.call_soon_threadsafe(self._bell.ring, news)

    def _present(self) -> list[str]:
        """Return the real paths of the roots that exist; a link may be turned elsewhere."""
        return [os.path.realpath(root) for root in self._roots if Path(root).is_dir()]


def _explained(error: Exception) -> tuple[str, str]:
    """Return why folders cannot be watched, and what can be done about it."""
    told = str(error)
    if "watch limit" in told:
        return "the limit of watches is reached", _HINT.format("raise fs.inotify.max_user_watches")
    if "os error 24" in told:
        return "there are too many watchers", _HINT.format("raise fs.inotify.max_user_instances")
    if isinstance(error, PermissionError):
        named = told.partition(" about ")[2] or "a folder"
        return f"{named} may not be read", _HINT.format("let the server read it, or move it away")
    return type(error).__name__, _HINT.format("see what kind of file system it is")
