"""When a replica tells what it has found: after a head start, or in place of another one; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Generic, NamedTuple, TypeVar

from configserver.push import Refresh
from configserver.push.claims.keys import Key, Party
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
        whose: of whom it is, see Key.
        urgent: whether it is told then, whoever else may tell it.
    """

    share: Share[Line]
    count: int
    ready: float
    until: float
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
        keys = [party.keys(part) for _, party, part in shares]
        implied = [key for _, party, part in shares for key in party.implied(part)]
        claim = self._ledger.claim(chain(*keys), implied)
        now = self._clock()
        ready = now + self._head_start
        for share, mine in zip(shares, keys, strict=True):
            whose = frozenset(key.who for key in mine)
            self._waiting.append(_Waiting(share, claim.count, ready, ready, whose))
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
            line, party, part = one.share
            count = one.count
            untold = party.kept(part, lambda key: not self._ledger.is_told(key, count))  # noqa: B023
            if untold is None:
                continue
            free_at = {key: self._ledger.free_at(key) for key in party.keys(untold)}
            latest = float("inf") if one.urgent else now
            if free := party.kept(untold, lambda key: free_at[key] <= latest):  # noqa: B023
                found.append(self._with_older(Share(line, party, free)))
            if held := party.kept(untold, lambda key: free_at[key] > latest):  # noqa: B023
                one.share = Share(line, party, held)
                one.until = min(at for at in free_at.values() if at > latest)
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

    def _with_older(self, share: Share[Line]) -> Share[Line]:
        """Take what still waits for the same configurations along, as it would come too late."""
        line, party, part = share
        whose = {key.who for key in party.keys(part)}
        for one in [one for one in self._waiting if one.share.line == line]:
            if older := party.kept(one.share.part, lambda key: key.who in whose):
                part = merge(older, part)
                if rest := party.kept(one.share.part, lambda key: key.who not in whose):
                    one.share = Share(line, party, rest)
                else:
                    self._waiting.remove(one)
        return Share(line, party, part)
