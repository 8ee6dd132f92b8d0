"""The generations of a mirror that are open, and what is done with them in threads."""

import math
import time
from pathlib import Path
from typing import Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching import bare
from configserver.backends.git.fetching.jobs import Move
from configserver.backends.git.mirrors.folder import MirrorFolder
from configserver.backends.git.mirrors.mirror import Mirror
from configserver.backends.git.news import hold_back, tell_held, tell_moves
from configserver.backends.git.refs import Refs
from configserver.backends.git.upstream import Arrival

_MARK: Final = 10.0
"""Seconds between two notes on disk that the remote was seen."""


class Generations:
    """The mirror of one remote, and older ones that are still read; all of it blocks.

    For one thread at a time.

    Args:
        folder: where they are.

    Attributes:
        folder: the same.
        held: moves that a fail-over host wants, and that were undone.
        seen_at: when the remote was last seen by an earlier process, in seconds since 1970.
    """

    def __init__(self, folder: MirrorFolder) -> None:
        self.folder = folder
        self.held: tuple[Move, ...] = ()
        self.seen_at: float | None = None
        self._open: list[Mirror] = []
        self._marked = -math.inf

    def open(self) -> tuple[Mirror, Refs, int] | None:
        """Open what an earlier process left, if it is whole; return its size in bytes, too.

        Raises:
            OSError: the folder cannot be used.
        """
        self.seen_at = self.folder.seen_at()
        mirror = self.folder.open()
        if mirror is None:
            return None
        self._open.append(mirror)
        return mirror, mirror.refs(), bare.size_of(mirror.path)

    def adopt(self, path: Path) -> tuple[Mirror, Refs]:
        """Make a clone the newest generation.

        Raises:
            OSError: it cannot be moved.
            BackendFailure: it is not whole.
        """
        mirror = self.folder.adopt(path)
        self._open.append(mirror)
        self.held = ()
        self.folder.mark_seen()
        return mirror, mirror.refs()

    def settle(self, mirror: Mirror, arrival: Arrival) -> Refs:
        """Look at what a fetch changed: tell it, undo what may not be; return the refs.

        Raises:
            Unreachable: the mirror is damaged.
            OSError: it cannot be written.
        """
        moves = arrival.fetched.moves
        held = () if arrival.trusted else hold_back(mirror, moves)
        if held != self.held:
            tell_held(arrival.shown, mirror, held)
            self.held = held
        tell_moves(arrival.shown, [move for move in moves if move not in held])
        if time.monotonic() - self._marked > _MARK:
            self.folder.mark_seen()
            self._marked = time.monotonic()
        try:
            return mirror.refs()
        except FileNotFoundError:
            raise Unreachable("files of the mirror are missing", fault=Fault.MIRROR) from None

    def retire(self, mirror: Mirror) -> None:
        """Close a generation that is not the newest any more, and remove it."""
        if mirror in self._open:
            self._open.remove(mirror)
            self.folder.retire(mirror)

    def close(self) -> None:
        """Close all; only the newest stays on disk."""
        for mirror in self._open[:-1]:
            self.folder.retire(mirror)
        for mirror in self._open[-1:]:
            mirror.close()
        self._open.clear()
        self.folder.close()

    def discard(self) -> None:
        """Close all and remove them from disk."""
        for mirror in self._open:
            mirror.close()
        self._open.clear()
        self.folder.discard()
