"""Which files differ between two commits; blocks for the disk."""

from collections.abc import Iterator, Mapping

from configserver.backends.git.repository import Entry, Repository, Tree
from configserver.errors import ConfigError

Moves = Mapping[str, tuple[str | None, str | None]]
"""Refs, and what they pointed to and point to now."""

_NOTHING: Tree = {}


def changed_paths(repository: Repository, moved: Moves, most: int) -> tuple[str, ...] | None:
    """Return the files that came, went or were edited where refs moved.

    Args:
        repository: holds the old objects and the new ones.
        moved: the refs; those that came or went are new names for commits, not edits.
        most: of files; beyond, it is not known.

    Returns:
        Paths, each once; None if they cannot be told.
    """
    found: dict[str, None] = {}
    try:
        for before, after in dict.fromkeys(moved.values()):
            if before is None or after is None:
                continue
            for path in _between(repository, before, after):
                found[path] = None
                if len(found) > most:
                    return None
    except ConfigError:
        return None
    return tuple(found)


class Links:
    """Knows in which trees there are no symbolic links, however deep.

    Args:
        most: trees to remember; of larger repositories it is not known.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._without: set[str] = set()

    def are_in(self, repository: Repository, moved: Moves) -> bool:
        """Say whether there may be links before or after refs moved."""
        try:
            ids = {one for pair in moved.values() for one in pair if one is not None}
            roots = [_root(repository, one) for one in ids]
            return any(root is None or self._may_have(repository, root) for root in roots)
        except ConfigError:
            return True

    def _may_have(self, repository: Repository, root: Entry) -> bool:
        pending, seen = [root.object_id], set[str]()
        while pending:
            tree_id = pending.pop()
            if tree_id in self._without or tree_id in seen:
                continue
            seen.add(tree_id)
            if len(seen) > self._most:
                return True
            for entry in repository.tree(tree_id).values():
                if entry.is_link:
                    return True
                if entry.is_tree:
                    pending.append(entry.object_id)
        if len(self._without) + len(seen) > self._most:
            self._without.clear()
        self._without |= seen
        return False


def _between(repository: Repository, before: str, after: str) -> Iterator[str]:
    pending = [("", _root(repository, before), _root(repository, after))]
    while pending:
        folder, old, new = pending.pop()
        trees = [repository.tree(one.object_id) if one else _NOTHING for one in (old, new)]
        for name in sorted(trees[0].keys() | trees[1].keys()):
            was, now = trees[0].get(name), trees[1].get(name)
            if was == now:
                continue
            path = folder + name.decode("utf-8", "surrogateescape")
            if not all(one is None or one.is_tree for one in (was, now)):
                yield path
            if (was and was.is_tree) or (now and now.is_tree):
                pending.append((f"{path}/", _folder(was), _folder(now)))


def _folder(entry: Entry | None) -> Entry | None:
    return entry if entry and entry.is_tree else None


def _root(repository: Repository, object_id: str) -> Entry | None:
    commit_id = repository.commit_of(object_id)
    if commit_id is None:
        return None
    return Entry(0o40000, repository.commit(commit_id).tree.decode())
