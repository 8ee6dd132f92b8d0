"""The folder of a remote's mirror on disk.

`mirrors/<readable name>-<hash>/` holds generations, `1`, `2` and so on, each a whole bare
repository; only the newest is used. A clone is made in `new-<random>` beside them and gets its
number in one step when it is whole, so a generation is never half there. `seen` is a file whose
time says when the remote was last seen.
"""

import fcntl
import hashlib
import os
import re
import secrets
from contextlib import ExitStack, closing, suppress
from errno import EAGAIN, EBUSY
from pathlib import Path
from typing import Final

from configserver.backends.git.mirrors.mirror import Mirror
from configserver.backends.git.mirrors.soundness import damage_of
from configserver.backends.git.places import is_own_folder, private_folder, remove
from configserver.errors import BackendFailure
from configserver.logs import get_logger

_log = get_logger(__name__)
_SEEN: Final = "seen"
_READABLE: Final = 60


class MirrorFolder:
    """All generations of one remote's mirror; everything here blocks, for one thread at a time.

    Args:
        root: the directory that the operator named: it may be a link and somebody else's.
        path: the folder somewhere below; what lies in between and beneath has to be our own.
        shown: the remote's masked URI, for the log.
    """

    def __init__(self, root: Path, path: Path, shown: str) -> None:
        self._root = root
        self._path = path
        self._shown = shown
        self._descriptor = -1
        self._last = 0

    def open(self) -> Mirror | None:
        """Open the newest generation that is whole, if any, and remove all others.

        Raises:
            OSError: the folder cannot be used, or another process or source uses it.
        """
        self._hold()
        numbers = sorted(self._numbers(), reverse=True)
        self._last = max(numbers, default=self._last)
        found = None
        for number in numbers:
            found = found or self._sound(self._path / str(number))
        keep = {_SEEN, found.path.name if found else ""}
        for entry in self._path.iterdir():
            if entry.name not in keep:
                remove(entry)
        return found

    def prepare(self) -> None:
        """Make sure that the folder is there and ours.

        Raises:
            OSError: it is not, and cannot be.
        """
        self._hold()

    def beside(self) -> Path:
        """Name a folder that does not exist, for a clone; without any I/O."""
        return self._path / f"new-{secrets.token_hex(4)}"

    def adopt(self, beside: Path) -> Mirror:
        """Make a whole clone the newest generation and open it.

        Raises:
            OSError: it cannot be moved.
            BackendFailure: it is not whole.
        """
        with closing(Mirror(beside)) as mirror:
            damage = damage_of(mirror.repository)
        if damage is not None:
            raise BackendFailure(f"the clone is not whole: {damage}")
        # A number is never used again, not even if its folder vanished: it may still be open.
        self._last = max(self._last, *self._numbers(), 0) + 1
        place = self._path / str(self._last)
        beside.rename(place)
        os.fsync(self._descriptor)
        return Mirror(place)

    def retire(self, mirror: Mirror) -> None:
        """Close a generation that is not the newest any more, and remove it."""
        mirror.close()
        remove(mirror.path)

    def discard(self) -> None:
        """Remove it all; what has it open is to be closed before."""
        remove(self._path)
        self.close()

    def mark_seen(self) -> None:
        """Note on disk that the remote was seen now."""
        with suppress(OSError):
            (self._path / _SEEN).touch(mode=0o600)

    def seen_at(self) -> float | None:
        """Return when the remote was last seen, by any process; in seconds since 1970."""
        try:
            return (self._path / _SEEN).lstat().st_mtime
        except OSError:
            return None

    def close(self) -> None:
        """Let others use the folder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _hold(self) -> None:
        """Make the folder if need be, check that it is ours, and lock it.

        The lock of the state directory does not cover a `basedir`.
        """
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in reversed([self._path, *self._path.parents]):
            if folder != self._root and folder.is_relative_to(self._root):
                private_folder(folder)
        if self._descriptor >= 0:
            if os.path.samestat(os.fstat(self._descriptor), self._path.stat()):
                return
            self.close()
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno != EAGAIN:
                raise
            raise OSError(
                EBUSY, "its folder is in use by another server or repository entry"
            ) from None
        self._descriptor = descriptor

    def _numbers(self) -> list[int]:
        return [
            int(entry.name)
            for entry in self._path.iterdir()
            if re.fullmatch("[1-9][0-9]{0,8}", entry.name)
        ]

    def _sound(self, path: Path) -> Mirror | None:
        damage: str | None = "it is no folder of ours"
        if is_own_folder(path):
            try:
                with ExitStack() as opened:
                    mirror = Mirror(path)
                    opened.callback(mirror.close)
                    damage = damage_of(mirror.repository)
                    if damage is None:
                        mirror.refs()
                        opened.pop_all()
                        return mirror
            except BackendFailure as error:
                damage = error.reason
        _log.warning("mirror damaged, cloning anew", repository=self._shown, reason=damage)
        return None


def mirror_name(shown: str, key: str = "") -> str:
    """Return the name of a mirror's folder: readable, and unique by a hash.

    Args:
        shown: the remote's masked URI.
        key: what tells it from another mirror of the same URI, such as the repository's name.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", shown.rstrip("/").rpartition("/")[2])
    told = f"{shown}\0{key}" if key else shown
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return f"{name[-_READABLE:].strip('.-') or 'repository'}-{digest}"
