"""What a fetch changed: told to the log, and undone where only a fail-over host said so."""

from collections.abc import Iterable, Sequence
from typing import Final

from dulwich.objects import ObjectID
from dulwich.refs import Ref

from configserver.backends.git.fetching import bare
from configserver.backends.git.fetching.jobs import Move
from configserver.backends.git.mirrors.mirror import Mirror
from configserver.backends.git.refs import BRANCHES
from configserver.backends.git.repository import Repository
from configserver.errors import ConfigError
from configserver.logs import get_logger

_log = get_logger(__name__)
_TOLD: Final = 20
"""Moves that are logged one by one."""

_FAR: Final = 10_000
"""Commits that are looked at to tell a branch that is behind from one that diverged."""


def hold_back(mirror: Mirror, moves: Iterable[Move]) -> tuple[Move, ...]:
    """Put refs back to where they were, unless branches only moved on; blocks.

    Done after a fetch from a fail-over host, which may lag behind or hold what was undone at the
    first one: so what is served never goes back, also not after a restart. Such a host wants the
    same again at each fetch, until it has caught up. When the first URI is back, it is followed
    as always.

    Returns:
        The moves that were undone.

    Raises:
        OSError: the mirror cannot be written.
    """
    held = tuple(
        move
        for move in moves
        if move.before and (move.forced or not (move.after and move.name.startswith(BRANCHES)))
    )
    if held:
        refs = bare.refs_of(mirror.path)
        for move in held:
            name = Ref(move.name.encode("utf-8", "surrogateescape"))
            refs[name] = ObjectID((move.before or "").encode())
        bare.write_refs(mirror.path, refs)
    return held


def tell_held(shown: str, mirror: Mirror, held: Iterable[Move]) -> None:
    """Log what a fail-over host has that is not served; blocks.

    Args:
        shown: the fail-over host's masked URI.
        mirror: has the commits of both.
        held: the moves that were undone.
    """
    for move in held:
        behind = _leads_to(mirror.repository, move.after or "", move.before or "")
        _log.warning(
            "behind" if behind else "diverged",
            repository=shown,
            branch=_short(move.name),
            served=move.before,
            there=move.after,
        )


def tell_moves(shown: str, moves: Sequence[Move]) -> None:
    """Log what moved, the first of many only; but what was forced always."""
    quiet = [move for move in moves if not move.forced]
    for move in moves:
        if move.forced:
            _log.warning("force-pushed", **_told(shown, move))
    for move in quiet[:_TOLD]:
        _log.info("moved" if move.after else "deleted", **_told(shown, move))
    if len(quiet) > _TOLD:
        _log.info("moved", repository=shown, more=len(quiet) - _TOLD)


def _told(shown: str, move: Move) -> dict[str, object]:
    return {
        "repository": shown,
        "branch": _short(move.name),
        "before": move.before,
        "after": move.after,
    }


def _short(name: str) -> str:
    return name.removeprefix(BRANCHES)


def _leads_to(repository: Repository, old: str, new: str) -> bool:
    """Say whether one commit is an ancestor of another, not too far away."""
    seen = {new}
    pending = [new]
    while pending and len(seen) < _FAR:
        try:
            parents = repository.commit(pending.pop()).parents
        except ConfigError:
            continue
        for parent in (found.decode() for found in parents):
            if parent == old:
                return True
            if parent not in seen:
                seen.add(parent)
                pending.append(parent)
    return False
