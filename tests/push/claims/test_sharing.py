"""Replicas in one process, with real doors and lines, and words that go straight across."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from configserver.push import DeliveryFailed, Refresh
from configserver.push.claims.keys import Party
from configserver.push.claims.sharing import Sharing, once
from configserver.push.claims.words import Word
from configserver.push.delivery.door import Delivery, Limits
from configserver.push.delivery.fan import Fan, Fixed
from configserver.push.delivery.pace import AT_ONCE, Pace
from configserver.push.delivery.retries import Retries
from tests.push.doors.strategies import change, refresh
from tests.push.doors.waiting import until

QUICK = Limits(retries=Retries(tries=5, first=0.01, longest=0.02), closing_seconds=0.2)


class Shop:
    """A door to one application that writes down what it is told; fails as often as it is to."""

    def __init__(self, name: str, by: str, log: list[str]) -> None:
        self.name, self.fails = name, 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._by, self._log = by, log

    @property
    def party(self) -> Party:
        return Party(self.name, whole=False)

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        return self.party.kept(refresh, lambda _: True)

    async def deliver(self, refresh: Refresh) -> None:
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise DeliveryFailed("fails")
        told = [f"{one.query.name} {one.after.etag}" for one in refresh.changes]
        self._log.append(f"{self._by} {self.name}: {', '.join(told)}")


class Replica:
    def __init__(self, by: str, log: list[str], names: str, pace: Pace) -> None:
        self.sharing = Sharing(by, head_start=0.05, hold=0.5)
        self.doors = [Shop(name, by, log) for name in names]
        targets = [(one, Delivery(once(one, self.sharing), limits=QUICK)) for one in self.doors]
        self.fan = Fan("shops", Fixed(targets), pace=pace, sharing=self.sharing)


@asynccontextmanager
async def replicas(
    log: list[str], *, names: str = "x", count: int = 2, pace: Pace = AT_ONCE
) -> AsyncIterator[list[Replica]]:
    made = [Replica(by, log, names, pace) for by in "abc"[:count]]
    for one in made:
        others = [other for other in made if other is not one]

        def say(word: Word, others: list[Replica] = others) -> None:
            for other in others:
                asyncio.get_running_loop().call_soon(other.sharing.heard, word)

        one.sharing.say = say
    async with AsyncExitStack() as stack:
        for one in made:
            await stack.enter_async_context(one.fan)
        yield made


def is_idle(made: list[Replica]) -> bool:
    return not any(one.fan.report().waiting for one in made)


async def test_one_of_three_tells_each() -> None:
    log: list[str] = []
    async with replicas(log, names="xy", count=3) as made:
        for number in (2, 3):
            for one in reversed(made):
                one.fan.offer(refresh(change(to=str(number)), number=number))
            assert [one.fan.report().waiting for one in made] == [2, 2, 2]
            await until(lambda: is_idle(made))
    assert log == ["a x: shop e2", "a y: shop e2", "a x: shop e3", "a y: shop e3"]


@pytest.mark.parametrize("fails", [1, 3])
async def test_another_one_tells_if_it_fails(fails: int) -> None:
    log: list[str] = []
    async with replicas(log) as [a, b]:
        a.doors[0].fails = fails
        for one in (a, b):
            one.fan.offer(refresh(change()))
        await until(lambda: log)
        await until(lambda: is_idle([a, b]))
        await asyncio.sleep(0.2)
        assert a.fan.report().failed == 0
    assert log == ["b x: shop e2"]


async def test_another_one_tells_if_it_hangs_until_nobody_hears_of_it() -> None:
    log: list[str] = []
    async with replicas(log) as [a, b]:
        a.doors[0].gate.clear()
        for one in (a, b):
            one.fan.offer(refresh(change()))
        await asyncio.sleep(0.3)
        assert not log
        await until(lambda: log)
    assert log == ["b x: shop e2"]


async def test_a_pace_is_kept_by_all_together() -> None:
    log: list[str] = []
    async with replicas(log, names="stuvwxyz", pace=Pace(batch=2, pause=0.15)) as made:
        for one in made:
            one.fan.offer(refresh(change()))
        began = time.monotonic()
        await until(lambda: log)
        await until(lambda: is_idle(made))
        assert time.monotonic() - began > 0.4, "three pauses between four batches"
    assert log == [f"a {name}: shop e2" for name in "stuvwxyz"]


async def test_a_replica_that_ends_tells_what_nobody_has_told() -> None:
    log: list[str] = []
    async with replicas(log, count=1) as [one]:
        one.fan.offer(refresh(change()))
    assert log == ["a x: shop e2"]


async def test_a_replica_that_ends_leaves_out_what_was_told() -> None:
    log: list[str] = []
    async with replicas(log) as [a, b]:
        for one in (b, a):
            one.fan.offer(refresh(change()))
        await until(lambda: log)
        await until(lambda: is_idle([b]))
    assert log == ["a x: shop e2"]
