"""When a replica tells what it has found: after a head start, or in place of another one; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Generic, NamedTuple, TypeVar

from configserver.push import Refresh
from configserver.push.claims.keys import Item, Key, Party
from configserver.push.claims.ledger import Ledger
from configserver.push.claims.words import Claim
from configserver.push.delivery.merging import merge

MOST: Final = 10_000
"""Parts that wait; beyond it the oldest is told, whoever else may tell it."""

Line = TypeVar("Line")


class Share(NamedTuple, Generic[Line]):
    """What one party is told of a refresh.

    Attributes:
        line: which leads to it.
        party: who it is.
        part: as much of the refresh as concerns it.
    """

    line: Line
    party: Party
    part: Refresh


@dataclass(slots=True)
class _Waiting(Generic[Line]):
    """A share that waits.

    Attributes:
        share: what is left of it.
        count: of its claim.
        ready: when its head start ends.
        until: when it is looked at again.
        items: of its part.
        whose: of whom it is, see Key.
        urgent: whether it is told then, whoever else may tell it.
    """

    share: Share[Line]
    count: int
    ready: float
    until: float
    items: Sequence[Item]
    whose: frozenset[str]
    urgent: bool = False


class Turns(Generic[Line]):
    """What waits for its turn, or for another replica to tell it.

    Args:
        ledger: who claims what.
        head_start: seconds in which other replicas find the same and claim it.
        clock: seconds.
    """

    def __init__(self, ledger: Ledger, *, head_start: float, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._head_start = head_start
        self._clock = clock
        self._waiting: list[_Waiting[Line]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def wait(self) -> float | None:
        """Seconds until there is something to decide; None if nothing waits."""
        if not self._waiting:
            return None
        return max(0.0, min(one.until for one in self._waiting) - self._clock())

    def take(self, shares: Sequence[Share[Line]]) -> Claim:
        """Claim shares of one refresh, and let them wait; returns what to say of it."""
        items = [party.items(part) for _, party, part in shares]
        implied = [key for _, party, part in shares for key in party.implied(part)]
        claim = self._ledger.claim((key for key, _ in chain(*items)), implied)
        now = self._clock()
        ready = now + self._head_start
        for share, mine in zip(shares, items, strict=True):
            whose = frozenset(key.who for key, _ in mine)
            self._waiting.append(_Waiting(share, claim.count, ready, ready, mine, whose))
        for one in self._waiting[:-MOST]:
            one.until, one.urgent = now, True
        return claim

    def due(self) -> Sequence[Share[Line]]:
        """Take out what is to be told now, and drop what others have told."""
        now, found = self._clock(), list[Share[Line]]()
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if one.until > now:
                self._waiting.append(one)
                continue
            free = self._decide(one, float("inf") if one.urgent else now)
            if free is not None:
                found.append(self._with_older(one.share._replace(part=free)))
            if one.items:
                self._waiting.append(one)
        return found

    def decide(self, keys: Iterable[Key]) -> None:
        """Look again, after its head start, at what another replica has told or failed to."""
        now, whose = self._clock(), {key.who for key in keys}
        for one in self._waiting:
            if not one.whose.isdisjoint(whose):
                one.until = min(one.until, max(one.ready, now))

    def left(self, share: Share[Line]) -> Share[Line] | None:
        """Return what nobody has told of a share yet, None if nothing is."""
        part = share.party.kept(share.part, lambda key: not self._ledger.is_told(key))
        return share._replace(part=part) if part else None

    def rest(self) -> Sequence[Share[Line]]:
        """Take out all that nobody has told yet."""
        waiting, self._waiting = self._waiting, []
        return [left for one in waiting if (left := self.left(one.share))]

    def _decide(self, one: _Waiting[Line], now: float) -> Refresh | None:
        """Return what is free to be told; what others are to tell is left, and nothing else."""
        _, party, part = one.share
        untold = [item for item in one.items if not self._ledger.is_told(item[0], one.count)]
        free_at = [self._ledger.free_at(key) for key, _ in untold]
        free = [item for item, at in zip(untold, free_at, strict=True) if at <= now]
        held = [item for item, at in zip(untold, free_at, strict=True) if at > now]
        told = party.part_of(part, one.items, free)
        if left := party.part_of(part, one.items, held):
            one.share = one.share._replace(part=left)
            one.until = min(at for at in free_at if at > now)
        one.items = held
        return told

    def _with_older(self, share: Share[Line]) -> Share[Line]:
        """Take what still waits for the same configurations along, as it would come too late."""
        line, party, part = share
        whose = {key.who for key in party.keys(part)}
        for one in [one for one in self._waiting if one.share.line == line]:
            older = [item for item in one.items if item[0].who in whose]
            if taken := party.part_of(one.share.part, one.items, older):
                part = merge(taken, part)
                rest = [item for item in one.items if item[0].who not in whose]
                if left := party.part_of(one.share.part, one.items, rest):
                    one.share, one.items = Share(line, party, left), rest
                else:
                    self._waiting.remove(one)
        return Share(line, party, part)
