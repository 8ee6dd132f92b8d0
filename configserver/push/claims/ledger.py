"""What this replica and the others have claimed, and what was told since; pure."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from configserver.push.claims.keys import Key
from configserver.push.claims.words import MOST_REPLICAS, Claim, Done, Word

MOST: Final = 100_000
"""Claims of one replica that are remembered; of what is forgotten everybody tells again."""

_MOST_KNOWN: Final = 4096

_Known = TypeVar("_Known")
_NOW: Final = float("-inf")


class _State(NamedTuple):
    """Of somebody: the newest state that was claimed or told, and at which count of claims."""

    what: str
    at: int


class _Standing(NamedTuple):
    what: str
    at: int
    implied: bool


@dataclass(slots=True)
class _Other:
    """Another replica: its claims so far, when it last said anything, and what it has to tell."""

    count: int
    heard: float
    standing: OrderedDict[str, _Standing] = field(default_factory=OrderedDict)


class Ledger:
    """Says who is to tell, and what was told; bounded.

    Args:
        me: id of this replica.
        hold: seconds of silence after which the claims of another replica lapse.
        clock: seconds.
    """

    def __init__(self, me: str, *, hold: float, clock: Callable[[], float]) -> None:
        self._me = me
        self._hold = hold
        self._clock = clock
        self._count = 0
        self._claimed: OrderedDict[str, _State] = OrderedDict()
        self._told: OrderedDict[str, _State] = OrderedDict()
        self._others: OrderedDict[str, _Other] = OrderedDict()
        self._known: OrderedDict[int, None] = OrderedDict()

    def claim(self, keys: Iterable[Key], implied: Iterable[Key] = ()) -> Claim:
        """Claim what was found; returns what to say of it."""
        self._count += 1
        claim = Claim(by=self._me, count=self._count, keys=tuple(keys), implied=tuple(implied))
        for key in claim.keys:
            _put(self._claimed, key.who, _State(key.what, self._count))
        return claim

    def seen(self) -> Mapping[str, int]:
        """Return the counts of all claims up to now, to be asked before somebody is told."""
        return {self._me: self._count} | {by: one.count for by, one in self._others.items()}

    def done(self, keys: Iterable[Key], seen: Mapping[str, int]) -> Done:
        """Note that somebody was told, and return what to say of it.

        Args:
            keys: what of.
            seen: what `seen` returned before.
        """
        done = Done(by=self._me, keys=tuple(keys), seen=seen)
        self._note(done)
        return done

    def failed(self, keys: Iterable[Key]) -> Done:
        """Return what to say after a try that failed: others may have better luck."""
        return Done(by=self._me, keys=tuple(keys), seen={self._me: self._count})

    def hear(self, word: Word) -> None:
        """Take a word of another replica."""
        if word.by == self._me:
            return
        other = self._other(word.by)
        other.heard = self._clock()
        if isinstance(word, Done):
            self._note(word)
            for key in word.keys:
                standing = other.standing.get(key.who)
                if standing and standing.at <= word.seen.get(word.by, 0):
                    del other.standing[key.who]
            return
        if self._is_known(word):
            return
        other.count = max(other.count, word.count)
        for keys, implied in ((word.keys, False), (word.implied, True)):
            for key in keys:
                _put(other.standing, key.who, _Standing(key.what, word.count, implied))

    def is_told(self, key: Key, count: int | None = None) -> bool:
        """Say whether somebody was told a state, or a newer one, after this replica had found it.

        Args:
            key: who, and the state.
            count: that its claim had here; if unknown, that of the newest claim of the same counts.
        """
        told, newest = self._told.get(key.who), self._claimed.get(key.who)
        if told is None or newest is None:
            return False
        if told.what == key.what:
            return told.at >= (newest.at if count is None else count)
        return told.what == newest.what and told.at >= newest.at

    def free_at(self, key: Key) -> float:
        """Return when this replica may tell, by the clock: the past if no other one is to.

        Each further one that claims has to wait for the hold time once more, so that they do not
        all step in at the same moment.
        """
        first = [
            (not found.implied, by, other.heard)
            for by, other in self._others.items()
            if (found := other.standing.get(key.who)) and found.what == key.what
        ]
        before = sorted(one for one in first if one[:2] < (True, self._me))
        ends = (heard + self._hold * place for place, (_, _, heard) in enumerate(before, 1))
        return max(ends, default=_NOW)

    def _is_known(self, claim: Claim) -> bool:
        """Say whether a claim has come already: of two relays, one may be slow."""
        known = hash(claim)
        if known in self._known:
            return True
        self._known[known] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return False

    def _note(self, done: Done) -> None:
        if (count := done.seen.get(self._me)) is None:
            return
        for key in done.keys:
            _put(self._told, key.who, _State(key.what, count))

    def _other(self, by: str) -> _Other:
        found = self._others.setdefault(by, _Other(0, self._clock()))
        self._others.move_to_end(by)
        if len(self._others) >= MOST_REPLICAS:
            self._others.popitem(last=False)
        return found


def _put(known: OrderedDict[str, _Known], who: str, what: _Known) -> None:
    """Remember the newest of somebody, and forget what is oldest beyond the bound."""
    known[who] = what
    known.move_to_end(who)
    if len(known) > MOST:
        known.popitem(last=False)
