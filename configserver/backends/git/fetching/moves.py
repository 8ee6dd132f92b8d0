"""What a mirror's refs become when they follow a remote's, and which of them that moves."""

from collections.abc import Mapping
from typing import Final

from dulwich.graph import can_fast_forward
from dulwich.objects import ObjectID
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from configserver.backends.git.fetching.jobs import Move

HEADS: Final = b"refs/heads/"
TAGS: Final = b"refs/tags/"

_PEELED: Final = b"^{}"

Refs = dict[Ref, ObjectID]


def moves_of(mirror: Repo, before: Refs, after: Refs) -> tuple[Move, ...]:
    """Return the refs that differ, by name; the mirror has the objects of both."""
    return tuple(
        Move(
            text_of(name),
            text_of(old) if old else None,
            text_of(new) if new else None,
            forced=_is_forced(mirror, name, old, new),
        )
        for name in sorted(before.keys() | after.keys())
        if (old := before.get(name)) != (new := after.get(name))
    )


def _is_forced(mirror: Repo, name: Ref, old: ObjectID | None, new: ObjectID | None) -> bool:
    if not old or not new or not name.startswith(HEADS):
        return False
    try:
        return not can_fast_forward(mirror, old, new)
    except AssertionError:  # a branch that is no commit
        return True


def merge(before: Refs, remote: Refs, *, prune: bool) -> Refs:
    """Return the refs after a fetch.

    As in the original, what the remote deleted stays, unless branches are pruned; but a name that
    is a folder of new names, or in one, has to go.
    """
    folders = {
        name[:end] for name in remote for end in range(len(name)) if name[end : end + 1] == b"/"
    }
    kept = {
        name: found
        for name, found in before.items()
        if not (prune and name.startswith(HEADS))
        and name not in folders
        and not any(name[:end] in remote for end in range(len(name)) if name[end : end + 1] == b"/")
    }
    return {**kept, **remote}


def served(refs: Mapping[Ref, ObjectID | None]) -> Refs:
    """Return the branches and tags of a remote's refs, if their names are as Git allows."""
    return {
        name: found
        for name, found in refs.items()
        if found
        and name.startswith((HEADS, TAGS))
        and not name.endswith(_PEELED)
        and check_ref_format(name)
    }


def text_of(name: bytes) -> str:
    """Return a ref's name as text that can be made bytes again."""
    return name.decode("utf-8", "surrogateescape")
