"""Folders of the file system as a snapshot."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from configserver.errors import BackendFailure
from configserver.snapshot import Snapshot

_ABSENT = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG)
}


_NAMES = ("utf-8", "surrogateescape")
"""How the system's names become bytes."""


def root_of(location: str, base: str) -> str:
    """Return the folder that nothing of a search location leaves: all before its first variable.

    Args:
        location: `file:/etc/config/{application}/`, or a path; relative ones start at `base`.
        base: an absolute path.
    """
    path = location.removeprefix("optional:").removeprefix("file:")
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    fixed = re.split(r"[{*?]", path, maxsplit=1)[0]
    folder = fixed[: fixed.rfind("/") + 1]
    return os.path.normpath(folder if folder.startswith("/") else f"{base}/{folder}")


def fingerprint(roots: Iterable[str]) -> bytes:
    """Return what is another one after each edit below some folders; no file is read."""
    found = hashlib.blake2b(digest_size=16)
    for root in roots:
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if name.lower() != ".git")
            for name in (*folders, *sorted(files)):
                found.update(f"{folder}/{name}\0{_stamp(f'{folder}/{name}')}".encode(*_NAMES))
    return found.digest()


class NativeSnapshot(Snapshot):
    """The folders as they are, for one request: paths are absolute, without the leading slash.

    Contents are identified by a hash, not by inode and times: an edit within the same tick of
    the clock must not be mistaken for what was parsed before. Each file is read once.

    Args:
        roots: absolute paths of folders; what is not in one of them does not exist, whichever way
            links lead there.
    """

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._named = tuple(os.path.normpath(root) for root in roots)
        self._contents: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"NativeSnapshot({', '.join(self._named)})"

    def blob(self, path: str) -> str | None:
        """See Snapshot."""
        try:
            return hashlib.sha256(self.read(path)).hexdigest()
        except KeyError:
            return None

    def read(self, path: str) -> bytes:
        """See Snapshot."""
        known = self._contents.get(path)
        if known is not None:
            return known
        place = self._place(path)
        if place is None:
            raise KeyError(path)
        try:
            content = _content(place)
        except OSError as error:
            if error.errno in _ABSENT:
                raise KeyError(path) from None
            raise BackendFailure(f"the file cannot be read: {error.strerror}", path=path) from None
        if content is None:
            raise KeyError(path)
        self._contents[path] = content
        return content

    def folders(self, path: str) -> tuple[str, ...]:
        """See Snapshot."""
        place = self._place(path)
        if place is None:
            return ()
        try:
            names = [found.name for found in os.scandir(place)]
        except OSError:
            return ()
        prefix = f"{path}/" if path else ""
        return tuple(sorted(name for name in names if self.is_folder(f"{prefix}{name}")))

    def is_folder(self, path: str) -> bool:
        """See Snapshot."""
        place = self._place(path)
        return not path or (place is not None and Path(place).is_dir())

    def modified(self, path: str) -> float | None:
        """See Snapshot."""
        place = self._place(path)
        try:
            return Path(place).stat().st_mtime if place else None
        except OSError:
            return None

    def _place(self, path: str) -> str | None:
        """Return the real path, if it is within the roots both as asked and as it is."""
        names = path.split("/")
        if any(name in {"", ".", ".."} or name.lower() == ".git" for name in names):
            return None
        if "\0" in path or not _within(f"/{path}", self._named):
            return None
        try:
            real = os.path.realpath(f"/{path}")
        except (OSError, ValueError):
            return None
        return real if _within(real, self._roots) else None


def _stamp(path: str) -> tuple[int, ...]:
    """Return what an edit leaves behind; a link is not followed, because it may be turned."""
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    if stat.S_ISDIR(status.st_mode):
        return (status.st_ino, status.st_mode)
    return (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _within(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _content(path: str) -> bytes | None:
    """Return a regular file's content; a pipe or device would block."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read()
