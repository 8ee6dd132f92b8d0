"""Reading a repository's refs, and not reading them again while nothing changed."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from dulwich.refs import DiskRefsContainer, Ref, RefsContainer, SymrefLoop
from dulwich.reftable import ReftableRefsContainer
from dulwich.repo import Repo

from configserver.backends.git.refs import BRANCHES, HEAD, REMOTES, TAGS, Refs

_SERVED = (BRANCHES, TAGS, REMOTES)
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DOUBT = 2_000_000_000
"""Nanoseconds: a file changed less than this ago may change again without a new time."""

Stamp = tuple[str, int, int, int]


class RefFiles:
    """The refs of one repository on disk, loose, packed or as reftables; for one thread at a time.

    Args:
        git: the open repository.
        branches_first: see Refs.
    """

    def __init__(self, git: Repo, *, branches_first: bool) -> None:
        self._git = git
        self._common = Path(git.commondir())
        self._control = Path(git.controldir())
        self._branches_first = branches_first
        self._stamps: frozenset[Stamp] = frozenset()
        self._refs: Refs | None = None

    def read(self) -> Refs:
        """Return the refs as they are now, the same object as before if none moved.

        Raises:
            OSError: they cannot be read.
        """
        started = time.time_ns()
        stamps = frozenset(self._stat())
        if self._refs is not None and stamps == self._stamps:
            return self._refs
        ids = self._read({name for name, *_ in stamps})
        if self._refs is None or ids != self._refs.ids:
            self._refs = Refs(ids, branches_first=self._branches_first)
        newest = max((changed for _, changed, *_ in stamps), default=0)
        self._stamps = stamps if newest < started - _DOUBT else frozenset()
        return self._refs

    def _stat(self) -> Iterator[Stamp]:
        """Yield what changes with any ref: files are replaced, so inode and time do."""
        if isinstance(self._git.refs, ReftableRefsContainer):
            yield _stamp("tables", (self._common / "reftable/tables.list").stat())
            return
        for name, path in (
            (HEAD, self._control / HEAD),
            ("packed-refs", self._common / "packed-refs"),
        ):
            try:
                yield _stamp(name, path.stat())
            except FileNotFoundError:
                continue
        for prefix in _SERVED:
            yield from _loose(self._common / prefix, prefix)

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


def _loose(folder: Path, prefix: str) -> Iterator[Stamp]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _loose(folder / entry.name, f"{name}/")
            continue
        try:
            yield _stamp(name, entry.stat())
        except FileNotFoundError:
            continue


def _stamp(name: str, found: os.stat_result) -> Stamp:
    return name, found.st_mtime_ns, found.st_ino, found.st_size


def _follow(container: RefsContainer, name: str) -> str | None:
    try:
        _, value = container.follow(Ref(name.encode("utf-8", "surrogateescape")))
    except (KeyError, ValueError, SymrefLoop):
        return None
    return value.decode() if value and _ID.fullmatch(value) else None


def _text(ref: bytes) -> str:
    return ref.decode("utf-8", "surrogateescape")
