"""Replicas with a clock and a network of the test's own: who is told what, whatever gets lost."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configserver.push import Change, Refresh, State
from configserver.push.claims.keys import Party
from configserver.push.claims.ledger import Ledger
from configserver.push.claims.turns import Share, Turns
from configserver.push.claims.words import Done, Word
from configserver.query import Query

HEAD_START, HOLD = 1.0, 12.0
INSTANCE, WEBHOOK = Party("instance x"), Party("webhook y", whole=False)


def refresh(state: int, *names: str) -> Refresh:
    changes = (Change(Query(n, "dev"), None, State(f"c{state}", f"e{state}"), ()) for n in names)
    return Refresh(id=f"{state}", changes=tuple(changes))


@dataclass
class Telling:
    """Somebody was told: when it began, and by whom."""

    began: float
    by: str
    party: Party
    told: Sequence[tuple[str, str]]


@dataclass
class World:
    """Runs replicas; messages take `delay` seconds, tellings take `slow`."""

    names: str = "abc"
    lost: float = 0.0
    delay: float = 0.01
    slow: float = 0.05
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    now: float = 0.0
    tellings: list[Telling] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = {name: Replica(name, self) for name in self.names}
        self._events: list[tuple[float, int, object]] = []
        self._number = count()

    def at(self, when: float, act: object) -> None:
        heappush(self._events, (when, next(self._number), act))

    def __getitem__(self, name: str) -> "Replica":
        return self.replicas[name]

    def say(self, word: Word) -> None:
        for one in self.replicas.values():
            if self.chance.random() >= self.lost:
                delay = self.delay * (0.5 + self.chance.random())
                self.at(self.now + delay, lambda one=one: one.hear(word))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heappop(self._events)
            assert callable(act)
            act()
        self.now = until

    def told(self, party: Party) -> list[tuple[str, str]]:
        return sorted(told for one in self.tellings if one.party == party for told in one.told)


class Replica:
    def __init__(self, name: str, world: World) -> None:
        self.name, self.world, self.alive, self.fails = name, world, True, False
        self.found: list[tuple[float, Party, str, str]] = []
        clock = lambda: world.now  # noqa: E731
        self.ledger = Ledger(name, hold=HOLD, clock=clock)
        self.turns: Turns[Party] = Turns(self.ledger, head_start=HEAD_START, clock=clock)

    def find(self, found: Refresh, *parties: Party) -> None:
        if not self.alive:
            return
        for party in parties:
            for one in found.changes:
                self.found.append((self.world.now, party, one.query.name, one.after.etag))
        shares = [Share(party, party, found) for party in parties]
        self.world.say(self.turns.take(shares))
        self.wake()

    def hear(self, word: Word) -> None:
        if self.alive:
            self.ledger.hear(word)
            if isinstance(word, Done):
                self.turns.decide(word.keys)
            self.wake()

    def wake(self) -> None:
        if (seconds := self.turns.wait) is not None:
            self.world.at(self.world.now + seconds, self.tell)

    def tell(self) -> None:
        if not self.alive:
            return
        for share in self.turns.due():
            if left := self.turns.left(share):
                self.begin(left.party, left.part)
        self.wake()

    def begin(self, party: Party, part: Refresh) -> None:
        seen, began = self.ledger.seen(), self.world.now

        def end() -> None:
            if not self.alive:
                return
            keys = (*party.keys(part), *party.implied(part))
            if self.fails:
                self.world.say(self.ledger.failed(keys))
                self.world.at(self.world.now + 3.0, lambda: self.again(party, part))
                return
            told = [(one.query.name, one.after.etag) for one in part.changes]
            told += [(name, "") for name in part.applications]
            self.world.tellings.append(Telling(began, self.name, party, told))
            self.world.say(self.ledger.done(keys, seen))

        self.world.at(self.world.now + self.world.slow, end)

    def again(self, party: Party, part: Refresh) -> None:
        if self.alive and not all(map(self.ledger.is_told, party.keys(part))):
            self.begin(party, part)


@pytest.mark.parametrize("slow", [0.05, 8.0])
@pytest.mark.parametrize("names", ["ab", "abcde"])
def test_all_find_the_same_and_one_tells(names: str, slow: float) -> None:
    world = World(names, slow=slow)
    for place, name in enumerate(reversed(names)):
        one = world[name]
        for state in (1, 2):
            world.at(
                30.0 * state + place * 0.1,
                lambda one=one, state=state: one.find(
                    refresh(state, "shop", "cart"), INSTANCE, WEBHOOK
                ),
            )
    world.run(200)
    both = sorted((name, f"e{state}") for state in (1, 2) for name in ("shop", "cart"))
    assert world.told(WEBHOOK) == world.told(INSTANCE) == both
    assert len(world.tellings) == 4
    assert not any(len(one.turns) for one in world.replicas.values())


def test_what_only_one_of_them_knows_is_told_without_waiting() -> None:
    world = World()
    world["a"].find(refresh(1, "shop"), WEBHOOK)
    world["b"].find(refresh(1, "shop", "cart"), WEBHOOK)
    world.run(2)
    assert world.told(WEBHOOK) == [("cart", "e1"), ("shop", "e1")]
    assert {one.by for one in world.tellings} == {"a", "b"}


def test_who_knows_the_queries_tells_and_who_guesses_by_names_does_not() -> None:
    for knows, guesses in ("ab", "ba"):
        world = World()
        world[knows].find(refresh(1, "shop"), WEBHOOK)
        world[guesses].find(Refresh(id="2", changes=(), applications=("shop",)), WEBHOOK)
        world.run(30)
        assert world.told(WEBHOOK) == [("shop", "e1")]


@pytest.mark.parametrize(("dead", "seconds"), [("a", HOLD + 1), ("ab", 2 * HOLD + 1)])
def test_another_tells_in_place_of_the_dead(dead: str, seconds: float) -> None:
    world = World()
    for name in "abc":
        world[name].find(refresh(1, "shop"), INSTANCE, WEBHOOK)
    world.run(0.5)
    for name in dead:
        world[name].alive = False
    world.run(HOLD - 1)
    assert not world.tellings
    world.run(seconds)
    assert world.told(INSTANCE) == world.told(WEBHOOK) == [("shop", "e1")]


def test_another_tells_at_once_if_one_fails_and_that_one_stops_trying() -> None:
    world = World()
    world["a"].fails = True
    for name in "abc":
        world[name].find(refresh(1, "shop"), INSTANCE)
    world.run(1.2)
    assert [one.by for one in world.tellings] == ["b"]
    world["a"].fails = False
    world.run(60)
    assert len(world.tellings) == 1


def test_who_finds_it_late_tells_again() -> None:
    """Whoever was told may have asked that replica, and got what was there before."""
    world = World()
    world["a"].find(refresh(1, "shop"), INSTANCE)
    world.at(1.02, lambda: world["b"].find(refresh(1, "shop"), INSTANCE))
    world.run(60)
    assert [one.by for one in world.tellings] == ["a", "b"]


def test_replicas_that_do_not_hear_one_another_tell_each() -> None:
    world = World(lost=1.0)
    for name in "abc":
        world[name].find(refresh(1, "shop"), INSTANCE)
    world.run(HEAD_START + 1)
    assert sorted(one.by for one in world.tellings) == ["a", "b", "c"]


_finds = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from("abc"),
        st.integers(1, 3),
        st.sets(st.sampled_from(["shop", "cart"]), min_size=1).map(sorted),
        st.sampled_from([(INSTANCE,), (WEBHOOK,), (INSTANCE, WEBHOOK)]),
    ),
    max_size=12,
)


_worlds = st.builds(
    World,
    lost=st.sampled_from([0.0, 0.3, 0.8]),
    slow=st.sampled_from([0.01, 2.0, 15.0]),
    chance=st.integers(0, 9).map(random.Random),
)


@given(
    world=_worlds,
    finds=_finds,
    killed=st.none() | st.tuples(st.floats(0, 40), st.sampled_from("abc")),
    failing=st.none() | st.sampled_from("abc"),
)
@settings(max_examples=300, deadline=None)
def test_everybody_is_told_after_each_replica_has_found_it(
    world: World,
    finds: list[tuple[float, str, int, list[str], tuple[Party, ...]]],
    killed: tuple[float, str] | None,
    failing: str | None,
) -> None:
    """Whatever is lost, whoever dies or fails: who is told last asks, and no replica is behind."""
    for at, name, state, names, parties in finds:
        one = world[name]
        world.at(at, lambda o=one, s=state, n=names, p=parties: o.find(refresh(s, *n), *p))
    if killed is not None:
        world.at(killed[0], lambda: setattr(world[killed[1]], "alive", False))
    if failing is not None:
        world[failing].fails = True
        world.at(60, lambda: setattr(world[failing], "fails", False))
    world.run(400)
    for one in world.replicas.values():
        if not one.alive:
            continue
        assert not len(one.turns)
        newest = {(party, name): (at, etag) for at, party, name, etag in one.found}
        for (party, name), (at, etag) in newest.items():
            later = [telling for telling in world.tellings if telling.began >= at]
            assert any(
                telling.party == party and (party.whole or (name, etag) in telling.told)
                for telling in later
            )
