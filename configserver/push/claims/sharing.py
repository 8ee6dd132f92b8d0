"""Sharing the work with other replicas: what they say is heard, what is done is said to them."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Protocol

from configserver.push import Door, Refresh
from configserver.push.claims.keys import Key, Party
from configserver.push.claims.ledger import Ledger
from configserver.push.claims.turns import Turns
from configserver.push.claims.words import Done, Word


class PartyDoor(Door, Protocol):
    """A door that leads to somebody whom other replicas may tell as well."""

    @property
    def party(self) -> Party:
        """Who that is."""


class Sharing:
    """What all ways out of this replica share; for the event loop only.

    Args:
        me: id of this replica.
        head_start: seconds in which other replicas find the same.
        hold: seconds of silence after which another replica is taken to be gone.
        clock: seconds.

    Attributes:
        ledger: who claims what.
        say: says a word to all other replicas, soon; returns at once.
    """

    def __init__(
        self,
        me: str,
        *,
        head_start: float,
        hold: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.ledger = Ledger(me, hold=hold, clock=clock)
        self.say: Callable[[Word], None] = lambda _: None
        self._head_start = head_start
        self._clock = clock
        self._decided: list[Callable[[Iterable[Key]], None]] = []

    def turns(self, decided: Callable[[Iterable[Key]], None]) -> Turns[Any]:
        """Return what keeps the turns of a kind of door.

        Args:
            decided: called with what another replica has told, or failed to.
        """
        self._decided.append(decided)
        return Turns(self.ledger, head_start=self._head_start, clock=self._clock)

    def heard(self, word: Word) -> None:
        """Take a word of another replica."""
        self.ledger.hear(word)
        if isinstance(word, Done):
            for decided in self._decided:
                decided(word.keys)


def once(door: PartyDoor, sharing: Sharing | None) -> Door:
    """Return a door that tells what no other replica has told; the same one if there are none."""
    return door if sharing is None else Once(door, sharing)


class Once:
    """A door that is opened only if no other replica has told the same, and that says when it was.

    Args:
        door: leads to the party.
        sharing: see there.
    """

    def __init__(self, door: PartyDoor, sharing: Sharing) -> None:
        self.door = door
        self._sharing = sharing

    @property
    def name(self) -> str:
        """See Door."""
        return self.door.name

    async def deliver(self, refresh: Refresh) -> None:
        """Tell, unless that has been done since the last try.

        Raises:
            DeliveryFailed: as the door.
        """
        party, ledger = self.door.party, self._sharing.ledger
        keys = party.keys(refresh)
        if keys and all(map(ledger.is_told, keys)):
            return
        seen, said = ledger.seen(), (*keys, *party.implied(refresh))
        try:
            await self.door.deliver(refresh)
        except BaseException:
            self._sharing.say(ledger.failed(said))
            raise
        self._sharing.say(ledger.done(said, seen))
