"""One door, its line and its tries; a door that fails or hangs is nobody else's concern."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from configserver.push import DeliveryFailed, Gone, Refresh
from configserver.push.delivery.deliveries import Deliveries
from configserver.push.delivery.door import Delivery, Limits
from configserver.push.delivery.retries import Retries
from tests.push.doors.strategies import change, refresh
from tests.push.doors.waiting import until

QUICK = Limits(retries=Retries(tries=4, first=0.0), closing_seconds=0.05)


class Written:
    """A door that writes down what it gets, and does with each what it is told to."""

    def __init__(self, name: str, log: list[str], *acts: Callable[[], Any]) -> None:
        self.name = name
        self.got: list[Refresh] = []
        self._log = log
        self._acts = list(acts)

    async def deliver(self, refresh: Refresh) -> None:
        self.got.append(refresh)
        if self._acts and (waiting := self._acts.pop(0)()) is not None:
            await waiting
        self._log.append(f"{self.name} {refresh.id[-1]}")


def fail(reason: str = "refused", **more: Any) -> Callable[[], None]:
    def act() -> None:
        raise DeliveryFailed(reason, **more)

    return act


def gone() -> None:
    raise Gone("answers 410", hint="take it out of the settings")


async def test_refreshes_go_out_in_order() -> None:
    log: list[str] = []
    async with Delivery(Written("a", log)) as delivery:
        for number in (1, 2, 3):
            delivery.offer(refresh(number=number))
        await until(lambda: delivery.report().delivered == 3)
    assert log == ["a 1", "a 2", "a 3"]


async def test_a_hanging_door_delays_no_other() -> None:
    log: list[str] = []
    hanging = Delivery(Written("hangs", log, asyncio.Event().wait), limits=QUICK)
    failing = Delivery(Written("fails", log, *[fail()] * 4), limits=QUICK)
    async with Deliveries([hanging, failing, Delivery(Written("well", log))]) as all_of_them:
        for number in (1, 2):
            all_of_them.publish(refresh(number=number))
        await until(lambda: log[-1:] == ["fails 2"] or len(log) == 3)
        assert log == ["well 1", "well 2", "fails 2"]
        states = {one.name: one for one in all_of_them.reports()}
        assert (states["hangs"].waiting, states["hangs"].delivered) == (1, 0)
        assert (states["fails"].failed, states["fails"].delivered) == (1, 1)
        assert states["well"].up


async def test_a_try_has_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []
    limits = Limits(try_seconds=0.01, retries=Retries(tries=2, first=0.0))
    door = Written("a", log, asyncio.Event().wait)
    async with Delivery(door, limits=limits) as delivery:
        delivery.offer(refresh())
        await until(lambda: delivery.report().delivered == 1)
    assert len(door.got) == 2
    assert {one.id for one in door.got} == {refresh().id}
    assert caplog.records[0].__dict__["fields"]["reason"] == "took longer than 0.01 seconds"


async def test_what_cannot_be_delivered_is_reported_and_the_next_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log: list[str] = []
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    door = Written("a", log, *[fail("refused", hint="start it")] * 3)
    limits = Limits(retries=Retries(tries=3))
    with caplog.at_level(logging.INFO):
        async with Delivery(door, limits=limits, sleep=sleep) as delivery:
            delivery.offer(refresh())
            await until(lambda: delivery.report().failed == 1)
            state = delivery.report()
            assert (state.up, state.reason, state.waiting) == (False, "refused", 0)
            delivery.offer(refresh(number=2))
            await until(lambda: delivery.report().up)
    assert log == ["a 2"]
    assert len(waits) == 2
    assert all(0 <= wait <= 2 for wait in waits)
    lines = [(one.levelname, one.getMessage(), one.__dict__["fields"]) for one in caplog.records]
    assert [line[:2] for line in lines] == [
        ("WARNING", "door fails"),
        ("ERROR", "refresh was not delivered"),
        ("INFO", "door is well again"),
    ]
    assert lines[1][2] == {
        "door": "a",
        "refresh": refresh().id,
        "reason": "refused",
        "hint": "start it",
        "tries": 3,
    }


@pytest.mark.parametrize(
    ("act", "tries"), [(fail(again=False), 1), (fail(), 4), (lambda: 1 / 0, 4)]
)
async def test_how_often_a_failure_is_tried(act: Callable[[], Any], tries: int) -> None:
    door = Written("a", [], *[act] * 9)
    async with Delivery(door, limits=QUICK) as delivery:
        delivery.offer(refresh())
        await until(lambda: delivery.report().failed == 1)
    assert len(door.got) == tries


async def test_an_error_nobody_foresaw_is_named_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def act() -> None:
        raise RuntimeError("canary-4411")

    async with Delivery(Written("a", [], *[act] * 9), limits=QUICK) as delivery:
        delivery.offer(refresh())
        await until(lambda: delivery.report().failed == 1)
        assert delivery.report().reason == "unexpected RuntimeError"
    assert "canary-4411" not in json.dumps([one.__dict__["fields"] for one in caplog.records])


async def test_a_door_that_is_gone_stays_shut() -> None:
    door = Written("a", [], gone)
    async with Delivery(door, limits=QUICK) as delivery:
        delivery.offer(refresh(number=1))
        delivery.offer(refresh(number=2))
        await until(lambda: delivery.report().failed == 2)
        delivery.offer(refresh(number=3))
        assert (delivery.report().waiting, delivery.report().up) == (0, False)
    assert len(door.got) == 1


async def test_a_full_line_merges_its_oldest_and_keeps_the_newest_state(
    caplog: pytest.LogCaptureFixture,
) -> None:
    go = asyncio.Event()
    door = Written("a", [], go.wait)
    with caplog.at_level(logging.INFO):
        async with Delivery(door, limits=Limits(waiting=3)) as delivery:
            delivery.offer(refresh(number=0))
            await until(lambda: bool(door.got))
            for number in range(1, 9):
                delivery.offer(refresh(change(to=str(number)), number=number))
            assert delivery.report().waiting == 3
            go.set()
            await until(lambda: not delivery.report().waiting)
    assert [one.id[-1] for one in door.got] == ["0", "6", "7", "8"]
    merged = door.got[1].changes[0]
    assert (merged.before and merged.before.etag, merged.after.etag) == ("e1", "e6")
    assert [one.getMessage() for one in caplog.records] == [
        "door is behind, its oldest refreshes are merged",
        "door has caught up",
    ]
    assert caplog.records[1].__dict__["fields"]["merged"] == 5


async def test_closing_delivers_what_it_can_and_waits_no_longer() -> None:
    log: list[str] = []
    async with asyncio.timeout(10):
        async with Delivery(Written("well", log)) as delivery:
            delivery.offer(refresh())
        async with Delivery(Written("hangs", log, asyncio.Event().wait), limits=QUICK) as delivery:
            delivery.offer(refresh())
    assert log == ["well 1"]


async def test_an_idle_door_has_no_task() -> None:
    before = asyncio.all_tasks()
    async with Delivery(Written("a", [])) as delivery:
        delivery.offer(refresh())
        await until(lambda: asyncio.all_tasks() == before)
        assert delivery.report().delivered == 1
