"""The hub: who is told what, and that nobody misses the newest state."""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest

from configserver.app.running import running
from configserver.errors import NoSuchLabel, Unavailable
from configserver.push import Change, Refresh, State
from configserver.push.watching import hub as hub_module
from configserver.push.watching.hub import Hub
from configserver.push.watching.rounds import AT_ONCE
from configserver.query import Query

SHOP, CART = Query("shop", "dev"), Query("cart", "dev")


class Facts:
    """What queries are answered with, and how long it takes to find out."""

    def __init__(self) -> None:
        self.states: dict[Query, State] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0
        self.learnt: list[Query] = []

    async def state(self, query: Query) -> State:
        self.asked += 1
        if query.label == "none":
            raise NoSuchLabel("no such label")
        state = self.states.get(query, State("c0", "e0"))
        await self.gate.wait()
        return state

    def learn(self, query: Query) -> None:
        self.learnt.append(query)

    def commit(self, query: Query, number: int, *keys: str) -> Refresh:
        """Change what a query is answered with, and return what a look would find."""
        before = self.states.get(query, State("c0", "e0"))
        after = self.states[query] = State(f"c{number}", f"e{number}")
        return Refresh(id=str(number), changes=(Change(query, before, after, keys),))


class Ear:
    """Somebody who watches, and remembers what they were told."""

    def __init__(self, query: Query, *, fails: bool = False) -> None:
        self.query = query
        self.held: State | None = None
        self.due = float("inf")
        self.heard: list[Change] = []
        self.ended = False
        self.tended = 0
        self._fails = fails

    def tell(self, change: Change) -> None:
        if self._fails:
            raise RuntimeError("deaf")
        self.heard.append(change)
        self.held = change.after

    def tend(self, now: float) -> None:
        if self._fails:
            raise RuntimeError("dead")
        self.due = now + 1
        self.tended += 1

    def end(self) -> None:
        self.ended = True

    @property
    def keys(self) -> list[tuple[str, ...] | None]:
        return [change.keys for change in self.heard]


async def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


@pytest.fixture
async def facts() -> Facts:
    return Facts()


@pytest.fixture
async def hub(facts: Facts) -> AsyncIterator[Hub]:
    hub = Hub()
    hub.meet(facts)
    async with running(hub.run()):
        yield hub


async def watching(hub: Hub, query: Query, *, fails: bool = False) -> Ear:
    ear = Ear(query, fails=fails)
    hub.begin(ear, await hub.join(ear))
    return ear


async def test_a_change_reaches_those_who_watch_that_very_query(hub: Hub, facts: Facts) -> None:
    shop, other, cart = [await watching(hub, query) for query in (SHOP, SHOP, CART)]
    prod = await watching(hub, Query("shop", "prod"))
    assert set(hub.queries()) == {SHOP, CART, Query("shop", "prod")}
    hub.publish(facts.commit(SHOP, 1, "a"))
    await until(lambda: bool(other.heard and shop.heard))
    assert shop.heard == other.heard == [Change(SHOP, State("c0", "e0"), State("c1", "e1"), ("a",))]
    assert not cart.heard
    assert not prod.heard


async def test_a_query_is_learnt_when_somebody_watches_it(hub: Hub, facts: Facts) -> None:
    ear = await watching(hub, SHOP)
    assert facts.learnt == [SHOP]
    hub.leave(ear)
    hub.leave(ear)
    assert not hub.queries()
    assert not hub.watchers()


async def test_who_cannot_be_answered_does_not_watch(hub: Hub) -> None:
    with pytest.raises(NoSuchLabel):
        await hub.join(Ear(Query("shop", "dev", "none")))
    assert not hub.queries()
    assert not hub.watchers()


async def test_a_change_while_the_state_is_found_out_is_not_lost(hub: Hub, facts: Facts) -> None:
    """Whichever of the two states was found: watching began before."""
    facts.gate.clear()
    ear = Ear(SHOP)
    joining = asyncio.create_task(hub.join(ear))
    await until(lambda: facts.asked == 1)
    hub.publish(facts.commit(SHOP, 1, "a"))
    facts.gate.set()
    state = await joining
    assert state == State("c1", "e1")
    hub.begin(ear, state)
    hub.publish(facts.commit(SHOP, 2, "b"))
    await until(lambda: bool(ear.heard))
    assert ear.keys == [("b",)]


async def test_a_change_between_joining_and_beginning_is_not_lost(hub: Hub, facts: Facts) -> None:
    ear = Ear(SHOP)
    state = await hub.join(ear)
    hub.publish(facts.commit(SHOP, 1, "a"))
    await asyncio.sleep(0.01)
    assert not ear.heard
    hub.begin(ear, state)
    assert ear.keys == [("a",)]


async def test_changes_faster_than_they_can_be_told_become_one(hub: Hub, facts: Facts) -> None:
    """Their keys are put together; the newest state is told, and once."""
    ear = await watching(hub, SHOP)
    for number, key in enumerate("abc", 1):
        hub.publish(facts.commit(SHOP, number, key))
    await until(lambda: bool(ear.heard))
    await asyncio.sleep(0.01)
    assert ear.heard == [Change(SHOP, State("c0", "e0"), State("c3", "e3"), ("a", "b", "c"))]


async def test_what_became_as_it_was_is_told_to_nobody(hub: Hub, facts: Facts) -> None:
    ear = await watching(hub, SHOP)
    hub.publish(facts.commit(SHOP, 1, "a"))
    hub.publish(facts.commit(SHOP, 0, "a"))
    await asyncio.sleep(0.01)
    assert not ear.heard


async def test_a_watcher_that_fails_harms_nobody(hub: Hub, facts: Facts) -> None:
    deaf = await watching(hub, SHOP, fails=True)
    ear = await watching(hub, SHOP)
    hub.publish(facts.commit(SHOP, 1))
    await until(lambda: bool(ear.heard))
    assert deaf.ended
    assert list(hub.watchers()) == [ear]


async def test_watchers_are_tended_when_they_are_due(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails is ended, and the others are tended all the same."""
    monkeypatch.setattr(hub_module, "TEND_SECONDS", 0.02)
    dead = await watching(hub, SHOP, fails=True)
    due, later = await watching(hub, SHOP), await watching(hub, SHOP)
    dead.due = due.due = 0.0
    await until(lambda: due.tended == 1)
    assert dead.ended
    assert not later.tended
    due.due = 0.0
    await until(lambda: due.tended == 2)


async def test_what_one_watcher_sees_all_get_to_know(
    hub: Hub, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a newcomer is answered otherwise, and no look tells of it, the others still hear of it."""
    monkeypatch.setattr(hub_module, "GRACE_SECONDS", 1.0)
    old = await watching(hub, SHOP)
    facts.commit(SHOP, 1, "a")
    new = await watching(hub, SHOP)
    assert new.held == State("c1", "e1")
    assert not old.heard
    await until(lambda: bool(old.heard))
    assert old.heard[0].after == State("c1", "e1")
    assert old.keys == [None]
    assert not new.heard


async def test_a_look_after_all_tells_the_keys(
    hub: Hub, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GRACE_SECONDS", 1.0)
    old = await watching(hub, SHOP)
    refresh = facts.commit(SHOP, 1, "a")
    await watching(hub, SHOP)
    hub.publish(refresh)
    await until(lambda: bool(old.heard))
    await asyncio.sleep(1.1)
    assert old.keys == [("a",)]


async def test_jitter_spreads_and_the_last_hear_of_the_newest(facts: Facts) -> None:
    now = 0.0
    hub = Hub(jitter=0.4, random=Random(1), clock=lambda: now)
    hub.meet(facts)
    async with running(hub.run()):
        ears = [await watching(hub, SHOP) for _ in range(100)]
        hub.publish(facts.commit(SHOP, 1, "a"))
        now = 0.1
        await until(lambda: sum(bool(ear.heard) for ear in ears) >= 20)
        assert not all(ear.heard for ear in ears)
        hub.publish(facts.commit(SHOP, 2, "b"))
        now = 1.0
        await until(lambda: all(ear.heard for ear in ears))
        now = 2.0
        await until(lambda: all(ear.held == State("c2", "e2") for ear in ears))
        lengths = {len(ear.heard) for ear in ears}
    assert lengths == {1, 2}
    assert {ear.keys[-1] for ear in ears} == {("a", "b"), ("b",)}


async def test_many_are_told_without_holding_up_the_loop(hub: Hub, facts: Facts) -> None:
    ears = [await watching(hub, SHOP) for _ in range(5_000)]
    hub.publish(facts.commit(SHOP, 1))
    turns = 0
    while not all(ear.heard for ear in ears):
        heard = sum(bool(ear.heard) for ear in ears)
        await asyncio.sleep(0)
        assert sum(bool(ear.heard) for ear in ears) - heard <= AT_ONCE
        turns += 1
    assert turns >= 5_000 / AT_ONCE


async def test_closing_ends_everybody_and_lets_nobody_in(hub: Hub) -> None:
    ears = [await watching(hub, query) for query in (SHOP, CART)]
    hub.close()
    assert all(ear.ended for ear in ears)
    with pytest.raises(Unavailable):
        await hub.join(Ear(SHOP))
    with pytest.raises(Unavailable):
        await Hub().join(Ear(SHOP))


class Story:
    """Commits, looks that come late, slow answers, watchers that come and go."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.facts = Facts()
        self.hub = Hub(jitter=self.random.choice([0, 0.01]), random=self.random)
        self.hub.meet(self.facts)
        self.ears: list[Ear] = []
        self._looks: list[Refresh] = []
        self._number = 0

    async def go_on(self, tasks: asyncio.TaskGroup) -> None:
        steps = (self._commit, self._commit, self._look, self._leave, self._slow_down)
        if step := self.random.choice((None, None, *steps)):
            step()
        else:
            tasks.create_task(self._come())
        await self._pass_time(4)

    async def end(self) -> None:
        self.facts.gate.set()
        while self._looks:
            self._look()
            await asyncio.sleep(0)

    def is_up_to_date(self, ear: Ear) -> bool:
        return ear.held == self.facts.states.get(ear.query, ear.held)

    def _commit(self) -> None:
        self._number += 1
        query = self.random.choice((SHOP, CART))
        self._looks.append(self.facts.commit(query, self._number, f"k{self._number}"))

    def _look(self) -> None:
        if self._looks:
            self.hub.publish(self._looks.pop(0))

    def _leave(self) -> None:
        if self.ears:
            self.hub.leave(self.ears.pop(self.random.randrange(len(self.ears))))

    def _slow_down(self) -> None:
        gate = self.facts.gate
        gate.clear() if gate.is_set() else gate.set()

    async def _come(self) -> None:
        ear = Ear(self.random.choice((SHOP, CART)))
        state = await self.hub.join(ear)
        await self._pass_time(3)
        self.hub.begin(ear, state)
        self.ears.append(ear)

    async def _pass_time(self, most: int) -> None:
        for _ in range(self.random.randrange(most)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_all_hold_the_newest_state_in_the_end(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each was told is a chain without a gap, and it ends where the repository stands."""
    monkeypatch.setattr(hub_module, "GRACE_SECONDS", 0.01)
    story = Story(seed)
    async with running(story.hub.run()), asyncio.TaskGroup() as tasks:
        for _ in range(200):
            await story.go_on(tasks)
        await story.end()
        await until(lambda: all(story.is_up_to_date(ear) for ear in story.ears))
        assert story.ears
        for ear in story.ears:
            befores = [change.before for change in ear.heard]
            assert [change.after for change in ear.heard][:-1] == befores[1:]
