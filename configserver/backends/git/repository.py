"""Read-only access to the objects of one repository, for several threads."""

import stat
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from cachetools import LRUCache
from dulwich import errors as dulwich_errors
from dulwich.errors import NotGitRepository
from dulwich.objects import Commit, ObjectID, Tag, parse_tree
from dulwich.pack import PackFileDisappeared
from dulwich.repo import Repo, UnsupportedExtension, UnsupportedVersion

from configserver.errors import BackendFailure

_COMMIT, _TREE, _BLOB, _TAG = 1, 2, 3, 4
_TAG_DEPTH = 10
_ENTRY_BYTES = 200
_BROKEN = (
    OSError,
    ValueError,
    AssertionError,
    zlib.error,
    PackFileDisappeared,
    dulwich_errors.ApplyDeltaError,
    dulwich_errors.ChecksumMismatch,
    dulwich_errors.FileFormatException,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree: mode as in Git (a file type and permissions), object id in hex."""

    mode: int
    object_id: str

    @property
    def is_tree(self) -> bool:
        """Say whether it is a folder."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        """Say whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        """Say whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


Tree = Mapping[bytes, Entry]


class Repository:
    """An open repository, bare or with a work tree; to be closed by its owner.

    Packs are read under a lock: the object store reopens them when another process brings new ones
    or repacks, and that is not safe from several threads.

    Args:
        path: its directory.
        tree_bytes: bound of the cache of parsed trees.

    Attributes:
        on_damage: called in the reader's thread with the id of an object that should be there and
            is not, or cannot be read.

    Raises:
        BackendFailure: there is no repository, or one of a kind that is not supported.
    """

    def __init__(self, path: str, *, tree_bytes: int = 16 << 20) -> None:
        try:
            self.git = Repo(path)
        except NotGitRepository:
            raise BackendFailure("there is no Git repository at the configured place") from None
        except (UnsupportedExtension, UnsupportedVersion) as error:
            raise BackendFailure(f"the repository's format is not supported: {error}") from None
        except _BROKEN as error:
            raise BackendFailure(f"the repository cannot be opened: {_kind(error)}") from None
        self._store = self.git.object_store
        self._id_bytes = self._store.object_format.oid_length
        self.id_digits = self._store.object_format.hex_length
        self.on_damage: Callable[[str], None] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._trees: LRUCache[str, Tree] = LRUCache(tree_bytes, getsizeof=_tree_bytes)
        self._trees_lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Repository({self.git.path!r})"

    def close(self) -> None:
        """Close the files; snapshots of it cannot be read any more."""
        with self._lock:
            self._closed = True
            self.git.close()

    def blob(self, object_id: str) -> bytes:
        """Return the content of a file.

        Raises:
            BackendFailure: it is missing or damaged.
        """
        return self._read(object_id, _BLOB)

    def tree(self, object_id: str) -> Tree:
        """Return the entries of a folder by name.

        Raises:
            BackendFailure: it is missing or damaged.
        """
        with self._trees_lock:
            known = self._trees.get(object_id)
        if known is not None:
            return known
        raw = self._read(object_id, _TREE)
        try:
            tree = {
                name: Entry(mode, found.decode())
                for name, mode, found in parse_tree(raw, self._id_bytes)
            }
        except _BROKEN as error:
            raise _damaged(object_id, error) from None
        with self._trees_lock:
            if _tree_bytes(tree) <= self._trees.maxsize:
                self._trees[object_id] = tree
        return tree

    def commit(self, object_id: str) -> Commit:
        """Return a commit.

        Raises:
            BackendFailure: it is missing or damaged.
        """
        raw = self._read(object_id, _COMMIT)
        try:
            commit = Commit.from_string(raw)
            _ = commit.tree, commit.commit_time
        except _BROKEN as error:
            raise _damaged(object_id, error) from None
        return commit

    def commit_of(self, object_id: str) -> str | None:
        """Return the id of the commit that an object is or, as a tag, leads to; else None."""
        for _ in range(_TAG_DEPTH):
            try:
                kind, raw = self._raw(object_id)
            except KeyError:
                return None
            if kind != _TAG:
                return object_id if kind == _COMMIT else None
            try:
                object_id = Tag.from_string(raw).object[1].decode()
            except _BROKEN as error:
                raise _damaged(object_id, error) from None
        return None

    def require(self, object_id: str) -> None:
        """Read an object of any kind for nothing but to see whether that is possible.

        Raises:
            BackendFailure: it is missing or damaged.
        """
        try:
            self._raw(object_id)
        except KeyError:
            raise _missing(object_id) from None

    def ids_with(self, prefix: str) -> Iterable[str]:
        """Return ids of objects that begin with these lower-case digits: all, or two of many."""
        try:
            with self._lock:
                return [
                    found.decode() for found in islice(self._store.iter_prefix(prefix.encode()), 2)
                ]
        except _BROKEN as error:
            raise BackendFailure(f"the repository cannot be read: {_kind(error)}") from None

    def _read(self, object_id: str, kind: int) -> bytes:
        try:
            found, raw = self._raw(object_id)
        except KeyError:
            self._tell_damage(object_id)
            raise _missing(object_id) from None
        if found != kind:
            raise BackendFailure(f"the object {object_id} is of another kind than expected")
        return raw

    def _raw(self, object_id: str) -> tuple[int, bytes]:
        try:
            with self._lock:
                if self._closed:
                    raise BackendFailure("the repository was closed")
                return self._store.get_raw(ObjectID(object_id.encode()))
        except _BROKEN as error:
            if not isinstance(error, OSError) or isinstance(error, FileNotFoundError):
                self._tell_damage(object_id)
            raise _damaged(object_id, error) from None

    def _tell_damage(self, object_id: str) -> None:
        if self.on_damage is not None:
            self.on_damage(object_id)


def _missing(object_id: str) -> BackendFailure:
    return BackendFailure(f"the object {object_id} is missing in the repository")


def _damaged(object_id: str, error: Exception) -> BackendFailure:
    return BackendFailure(f"the object {object_id} cannot be read: {_kind(error)}")


def _kind(error: Exception) -> str:
    """Say what went wrong without paths or content."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _tree_bytes(tree: Tree) -> int:
    return 500 + sum(_ENTRY_BYTES + len(name) for name in tree)
