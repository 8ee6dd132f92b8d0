"""The tree of one commit, read lazily."""

from configserver.backends.git.repository import Entry, Repository
from configserver.snapshot import Snapshot

_LINKS = 40
_LINK_BYTES = 4096


class GitSnapshot(Snapshot):
    """A commit's files: only the trees and blobs on the way to what is asked for are read.

    A file's time is that of the commit: Git keeps none for files, and the work tree's, which the
    original shows, is when it happened to be checked out.
    """

    def __init__(self, repository: Repository, commit_id: str) -> None:
        commit = repository.commit(commit_id)
        self.version = commit_id
        self._repository = repository
        self._root = Entry(0o40000, commit.tree.decode())
        self._time = float(commit.commit_time)

    def __repr__(self) -> str:
        return f"GitSnapshot({self._repository!r}, {self.version!r})"

    def blob(self, path: str) -> str | None:
        """See Snapshot."""
        found = self._find(path)
        return found.object_id if found and found.is_file else None

    def read(self, path: str) -> bytes:
        """See Snapshot."""
        found = self._find(path)
        if not found or not found.is_file:
            raise KeyError(path)
        return self._repository.blob(found.object_id)

    def folders(self, path: str) -> tuple[str, ...]:
        """See Snapshot."""
        found = self._find(path)
        if not found or not found.is_tree:
            return ()
        names = (
            (name.decode("utf-8", "surrogateescape"), entry)
            for name, entry in self._repository.tree(found.object_id).items()
            if (entry.is_tree or entry.is_link) and not _is_hidden(name)
        )
        prefix = f"{path}/" if path else ""
        return tuple(
            sorted(
                name for name, entry in names if entry.is_tree or self.is_folder(f"{prefix}{name}")
            )
        )

    def is_folder(self, path: str) -> bool:
        """See Snapshot."""
        found = self._find(path)
        return found is not None and found.is_tree

    def modified(self, path: str) -> float | None:
        """See Snapshot."""
        return self._time if self.blob(path) else None

    def _find(self, path: str) -> Entry | None:
        """Return what stands at a path, links followed; None if there is nothing."""
        try:
            names = path.encode("utf-8", "surrogateescape").split(b"/") if path else []
        except UnicodeEncodeError:
            return None
        if any(name in {b"", b".", b".."} for name in names):
            return None
        return self._walk(names[::-1])

    def _walk(self, ahead: list[bytes]) -> Entry | None:
        """Go along names, the next one last, as long as they and links stay inside the tree."""
        trail = [self._root]
        links = 0
        while ahead and trail:
            name = ahead.pop()
            if name == b"..":
                trail.pop()
                continue
            entry = self._entry(trail[-1], name)
            if entry is not None and entry.is_tree:
                trail.append(entry)
            elif entry is not None and entry.is_link and links < _LINKS:
                links += 1
                target = self._target(entry)
                if target is None:
                    return None
                ahead.extend(target)
            else:
                return entry if entry and entry.is_file and not ahead else None
        return trail[-1] if trail else None

    def _entry(self, folder: Entry, name: bytes) -> Entry | None:
        if _is_hidden(name):
            return None
        return self._repository.tree(folder.object_id).get(name)

    def _target(self, link: Entry) -> list[bytes] | None:
        """Return the names that a link leads along, the first one last; None if it is absolute."""
        target = self._repository.blob(link.object_id)
        if not target or target.startswith(b"/") or len(target) > _LINK_BYTES:
            return None
        return [name for name in reversed(target.split(b"/")) if name not in {b"", b"."}]


def _is_hidden(name: bytes) -> bool:
    return name.lower() == b".git"
