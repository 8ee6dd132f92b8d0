"""Mirrors of earlier runs that nobody has asked for since."""

from collections.abc import Iterator
from pathlib import Path

from configserver.backends.git.fetching.bare import size_of
from configserver.backends.git.places import remove
from configserver.logs import get_logger

_log = get_logger(__name__)
_SEEN = "seen"


class Leftovers:
    """What lies in a folder of mirrors and is not used: still of use when its remote is down.

    Args:
        folder: holds mirrors, see MirrorFolder, and nothing else; it need not exist.
        max_count: how many there may be, with those in use.
        max_bytes: that all may take.
    """

    def __init__(self, folder: Path, *, max_count: int, max_bytes: int) -> None:
        self._folder = folder
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._sizes: dict[str, int] = {}

    def find(self) -> None:
        """Look at the folder before any of its mirrors is opened, and sweep it; blocks."""
        sweep(self._folder, max_count=self._max_count, max_bytes=self._max_bytes)
        if self._folder.is_dir():
            mirrors = sorted(self._folder.iterdir(), key=_seen_at)
            self._sizes = {mirror.name: size_of(mirror) for mirror in mirrors}

    def use(self, name: str) -> None:
        """Note that a mirror is used from now on."""
        self._sizes.pop(name, None)

    def surplus(self, count: int, size: int) -> Iterator[Path]:
        """Forget and yield those to be removed, the ones seen longest ago first.

        Args:
            count: of mirrors in use.
            size: bytes that these take.
        """
        while self._sizes and (
            count + len(self._sizes) > self._max_count
            or size + sum(self._sizes.values()) > self._max_bytes
        ):
            name = next(iter(self._sizes))
            del self._sizes[name]
            yield self._folder / name


def sweep(folder: Path, *, max_count: int, max_bytes: int) -> int:
    """Remove mirrors that are too many or too large, those seen longest ago first; blocks.

    To be called before any of them is opened: what requests once named would stay for good.

    Args:
        folder: holds mirrors, see MirrorFolder, and nothing else; it need not exist.
        max_count: how many may stay.
        max_bytes: of all that may stay.

    Returns:
        How many were removed.
    """
    try:
        mirrors = sorted(folder.iterdir(), key=_seen_at, reverse=True)
    except FileNotFoundError:
        return 0
    size, kept = 0, 0
    for mirror in mirrors:
        size += size_of(mirror) if mirror.is_dir() and not mirror.is_symlink() else 0
        if kept < max_count and size <= max_bytes:
            kept += 1
        else:
            kept = max_count
            remove(mirror)
    removed = len(mirrors) - sum(mirror.exists() for mirror in mirrors)
    if removed:
        _log.info("mirrors of earlier runs removed", count=removed, kept=len(mirrors) - removed)
    return removed


def _seen_at(mirror: Path) -> float:
    """Return when a mirror's remote was last seen; one that was never whole comes first to go."""
    try:
        return (mirror / _SEEN).lstat().st_mtime
    except OSError:
        return 0.0
