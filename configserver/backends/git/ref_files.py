"""Reading a repository's refs, and not reading them again while nothing changed."""

import os
import re
import time
from errno import ENOENT

from dulwich.refs import DiskRefsContainer, Ref, RefsContainer, SymrefLoop
from dulwich.reftable import ReftableRefsContainer
from dulwich.repo import Repo

from configserver.backends.git.refs import BRANCHES, HEAD, REMOTES, TAGS, Refs

_SERVED = (BRANCHES, TAGS, REMOTES)
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECOND = 1_000_000_000
_FINE_DOUBT = _SECOND // 20
_COARSE_DOUBT = 2 * _SECOND

Stamp = tuple[int, int, int]
Stamps = dict[str, Stamp | None]


class RefFiles:
    """The refs of one repository on disk, loose, packed or as reftables; for one thread at a time.

    Git replaces files rather than to write into them, so a ref that moves changes the time of its
    folder, and those few are looked at each time. Times are coarse: while the newest one is so
    recent that it may stand for two changes, everything is read again. Refs written by other means
    than Git, in place, are seen within a second.

    Args:
        git: the open repository.
        branches_first: see Refs.
    """

    def __init__(self, git: Repo, *, branches_first: bool) -> None:
        self._git = git
        self._common = git.commondir().rstrip("/")
        self._control = git.controldir().rstrip("/")
        self._branches_first = branches_first
        self._refs: Refs | None = None
        self._folders: Stamps = {}
        self._files: Stamps = {}
        self._trusted_since = 0

    def read(self) -> Refs:
        """Return the refs as they are now, the same object as before if none moved.

        Raises:
            OSError: they cannot be read.
        """
        started = time.time_ns()
        if self._refs is not None and self._is_unmoved(started):
            return self._refs
        folders, files = self._scan()
        doubtful = self._trusted_since == 0
        if self._refs is None or doubtful or (folders, files) != (self._folders, self._files):
            ids = self._read({path[len(self._common) + 1 :] for path in files})
            if self._refs is None or ids != self._refs.ids:
                self._refs = Refs(ids, branches_first=self._branches_first)
        self._folders, self._files = folders, files
        self._trusted_since = 0 if _is_recent({**folders, **files}, started) else started
        return self._refs

    def _is_unmoved(self, now: int) -> bool:
        return 0 <= now - self._trusted_since < _SECOND and all(
            _stamp(path) == stamp for path, stamp in self._folders.items()
        )

    def _scan(self) -> tuple[Stamps, Stamps]:
        """Return the stamps of what changes when a ref moves, and of all loose refs."""
        if isinstance(self._git.refs, ReftableRefsContainer):
            tables = f"{self._common}/reftable/tables.list"
            return {tables: _stamp(tables)}, {}
        head, packed = f"{self._control}/{HEAD}", f"{self._common}/packed-refs"
        folders = {head: _stamp(head), packed: _stamp(packed)}
        if folders[head] is None:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
        files: Stamps = {}
        pending = [f"{self._common}/{prefix.rstrip('/')}" for prefix in _SERVED]
        while pending:
            folder = pending.pop()
            folders[folder] = _stamp(folder)
            for entry in _entries(folder):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    files[entry.path] = _stamp(entry.path)
        return folders, files

    def _read(self, names: set[str]) -> dict[str, str]:
        container = self._container()
        packed = {
            name: value
            for ref, value in container.get_packed_refs().items()
            if (name := _text(ref)).startswith(_SERVED)
        }
        ids = {name: value.decode() for name, value in packed.items() if _ID.fullmatch(value)}
        for name in {HEAD, *(name for name in names if name.startswith(_SERVED))}:
            value = _follow(container, name)
            if value:
                ids[name] = value
        return ids

    def _container(self) -> RefsContainer:
        """Return a reader that remembers nothing: the known one trusts the times of files."""
        if isinstance(self._git.refs, ReftableRefsContainer):
            return self._git.refs
        return DiskRefsContainer(self._common, self._control)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _stamp(path: str) -> Stamp | None:
    """Return what changes when a file is replaced or a folder's entries change."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at each request: a Path costs as much as the call
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _is_recent(stamps: Stamps, now: int) -> bool:
    """Say whether something may still change without getting a new time."""
    newest = max((stamp[0] for stamp in stamps.values() if stamp), default=0)
    return newest > now - (_FINE_DOUBT if newest % _SECOND else _COARSE_DOUBT)


def _follow(container: RefsContainer, name: str) -> str | None:
    try:
        _, value = container.follow(Ref(name.encode("utf-8", "surrogateescape")))
    except (KeyError, ValueError, SymrefLoop):
        return None
    return value.decode() if value and _ID.fullmatch(value) else None


def _text(ref: bytes) -> str:
    return ref.decode("utf-8", "surrogateescape")
