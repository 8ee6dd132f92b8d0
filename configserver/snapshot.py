"""A tree of files at one version, and the one that lives in memory."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping


class Snapshot(ABC):
    """A read-only tree of files at one version; safe to use from several threads.

    Paths are relative, separated by `/`, without a leading or trailing one; the root is the empty
    text. A path with an empty, `.` or `..` segment names nothing. Symbolic links are followed
    inside the tree; what leaves it, submodules and `.git` do not exist.
    """

    version: str | None = None
    stand_in: str | None = None
    """The label that this is the snapshot of, if it stands in for the one that was asked for."""

    @abstractmethod
    def blob(self, path: str) -> str | None:
        """Return an id of the content of the regular file at `path`, None where there is none."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """Return the content of the regular file at `path`.

        Raises:
            KeyError: there is none.
        """

    @abstractmethod
    def folders(self, path: str) -> tuple[str, ...]:
        """Return the names of the folders directly in `path`, sorted by code point."""

    @abstractmethod
    def is_folder(self, path: str) -> bool:
        """Say whether `path` is a folder; the root always is one."""

    def modified(self, path: str) -> float | None:  # noqa: ARG002 - not every tree knows
        """Return when the file at `path` last changed, in seconds since 1970, None if unknown."""
        return None


class DictSnapshot(Snapshot):
    """A snapshot in memory: a mapping of paths to contents."""

    def __init__(self, files: Mapping[str, bytes | str], version: str | None = None) -> None:
        self.version = version
        self._files = {
            path: text.encode() if isinstance(text, str) else text for path, text in files.items()
        }
        self._folders = {""} | {
            path[:end] for path in self._files for end in range(len(path)) if path[end] == "/"
        }

    def __repr__(self) -> str:
        return f"DictSnapshot({sorted(self._files)}, {self.version!r})"

    def blob(self, path: str) -> str | None:
        """See Snapshot."""
        content = self._files.get(path)
        return None if content is None else hashlib.sha256(content).hexdigest()

    def read(self, path: str) -> bytes:
        """See Snapshot."""
        return self._files[path]

    def folders(self, path: str) -> tuple[str, ...]:
        """See Snapshot."""
        prefix = f"{path}/" if path else ""
        return tuple(
            sorted(
                folder[len(prefix) :]
                for folder in self._folders
                if folder and folder.startswith(prefix) and "/" not in folder[len(prefix) :]
            )
        )

    def is_folder(self, path: str) -> bool:
        """See Snapshot."""
        return path in self._folders
