"""`POST /actuator/refresh`: those concerned, and nobody else."""

import asyncio
import base64
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
from multidict import CIMultiDict

from configserver.push import DeliveryFailed, Refresh
from configserver.push.delivery.door import Delivery, Limits
from configserver.push.delivery.fan import Fan, Fixed
from configserver.push.delivery.retries import Retries
from configserver.push.doors.actuator import Instance, InstanceDoor
from configserver.push.doors.callers import PORT_HEADER, Rules
from configserver.push.doors.http import Poster
from configserver.push.doors.known import MAX_QUERIES, Callers
from configserver.query import Query
from configserver.secret import Secret
from tests.push.doors import receivers
from tests.push.doors.strategies import change, refresh
from tests.push.doors.waiting import until

QUICK = Limits(waiting=1, retries=Retries(tries=2, first=0.0), closing_seconds=0.05)


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(seconds=1.0) as one:
        yield one


def instance(url: str = "http://h", **more: Any) -> Instance:
    return Instance(name="one", url=f"{url}/actuator/refresh", **more)


@pytest.mark.parametrize(
    ("of", "found", "concerned"),
    [
        ({}, refresh(change()), True),
        ({}, refresh(), False),
        ({"application": "shop"}, refresh(change("shop")), True),
        ({"application": "shop"}, refresh(change("cart")), False),
        ({"application": "shop"}, refresh(change("cart,shop")), True),
        ({"application": "s*"}, refresh(change("shop")), True),
        ({"application": "shop", "profiles": ("prod*",)}, refresh(change()), False),
        ({"application": "shop", "profiles": ("d*",)}, refresh(change("shop", "eu,dev")), True),
        ({"label": "v1"}, refresh(change(label="v1")), True),
        ({"label": "v1"}, refresh(change(label="v2")), False),
        ({"label": "v1"}, refresh(change()), False),
        ({"application": "new"}, refresh(applications=("new",)), True),
        ({"application": "new"}, refresh(applications=("old",)), False),
        ({"application": "new"}, refresh(applications=("*",)), True),
    ],
)
async def test_whom_a_refresh_concerns(
    of: dict[str, Any], found: Refresh, concerned: bool, poster: Poster
) -> None:
    door = InstanceDoor(instance(**of), poster)
    assert (door.narrowed(found) is not None) == concerned


async def test_credentials_go_along(poster: Poster) -> None:
    async with receivers.receiver(204) as one:
        named = instance(
            one.url,
            username="üser",
            password=Secret("pa:ss"),
            headers={"X-Token": Secret("canary-5")},
        )
        await InstanceDoor(named, poster).deliver(refresh())
    [got] = one.got
    assert got.path == "/actuator/refresh"
    assert got.body == b""
    login = base64.b64encode("üser:pa:ss".encode()).decode()
    assert got.headers["Authorization"] == f"Basic {login}"
    assert got.headers["X-Token"] == "canary-5"
    assert "canary-5" not in repr(named)
    assert "pa:ss" not in repr(named)


@pytest.mark.parametrize("status", [302, 404, 405, 410, 500])
async def test_an_instance_that_does_not_refresh_fails(status: int, poster: Poster) -> None:
    async with receivers.receiver(status) as one:
        with pytest.raises(DeliveryFailed, match=str(status)) as caught:
            await InstanceDoor(instance(one.url), poster).deliver(refresh())
    assert caught.value.again


async def test_a_dead_instance_delays_no_other(poster: Poster) -> None:
    async with receivers.receiver() as well, receivers.raw(receivers.silent) as hanging:
        doors = [InstanceDoor(instance(url), poster) for url in (hanging, well.url)]
        gate = asyncio.Semaphore(2)
        targets = Fixed([(door, Delivery(door, limits=QUICK, gate=gate)) for door in doors])
        async with Fan("instances", targets) as fan:
            fan.offer(refresh(change()))
            await until(lambda: fan.report().delivered and well.got)
            assert (len(well.got), fan.report().failed) == (1, 0)


class Calls:
    """Callers on loopback, with what a server hears of them."""

    def __init__(self, poster: Poster, port: int, most: int = 100) -> None:
        rules = Rules(networks=(ip_network("127.0.0.0/8"),), port=port)
        gate = asyncio.Semaphore(4)
        self.callers = Callers(
            rules, poster, deliver=lambda one: Delivery(one, limits=QUICK, gate=gate), most=most
        )
        self.fan = Fan("callers", self.callers)

    def ask(self, query: Query, remote: str = "127.0.0.1", **headers: str) -> None:
        self.callers.ask(query, remote, CIMultiDict(headers))

    @property
    def known(self) -> int:
        return len(list(self.callers.deliveries()))


async def test_those_who_asked_are_told_of_what_they_asked_for(poster: Poster) -> None:
    async with receivers.receiver() as one:
        calls = Calls(poster, one.port)
        async with calls.fan as fan:
            calls.ask(Query("shop", "dev"))
            calls.ask(Query("shop", "dev"))
            calls.ask(Query("shop", "dev"), "192.0.2.1")
            calls.ask(Query("shop", "dev"), "127.0.0.1", **{PORT_HEADER: "22"})
            fan.offer(refresh(change("cart")))
            fan.offer(refresh(change("shop", "prod")))
            fan.offer(refresh(change("shop", label="v1")))
            fan.offer(refresh(change("shop"), number=9))
            await until(lambda: fan.report().delivered == 1)
    assert calls.known == 1
    assert [got.path for got in one.got] == ["/actuator/refresh"]


async def test_who_is_lost_is_forgotten_until_it_asks_again(poster: Poster) -> None:
    async with receivers.receiver(500, 500, 200) as one:
        calls = Calls(poster, one.port)
        async with calls.fan as fan:
            calls.ask(Query("shop", "dev"))
            fan.offer(refresh(change()))
            await until(lambda: fan.report().failed == 1)
            fan.offer(refresh(change(), number=2))
            assert calls.known == 0
            calls.ask(Query("shop", "dev"))
            fan.offer(refresh(change(), number=3))
            await until(lambda: fan.report().delivered == 1)
    assert len(one.got) == 3


async def test_who_was_lost_and_asked_again_is_told(poster: Poster) -> None:
    async with receivers.receiver(500, 500, 200) as one:
        calls = Calls(poster, one.port)
        async with calls.fan as fan:
            calls.ask(Query("shop", "dev"))
            fan.offer(refresh(change()))
            await until(lambda: fan.report().failed == 1)
            calls.ask(Query("shop", "dev"))
            fan.offer(refresh(change(), number=2))
            await until(lambda: fan.report().delivered == 1)


async def test_memory_is_bounded(poster: Poster) -> None:
    calls = Calls(poster, 9, most=50)
    for number in range(1000):
        calls.ask(Query(f"app{number}", "dev"), f"127.0.{number // 250}.{number % 250}")
        calls.ask(Query(f"app{number}", "dev"), "127.9.9.9")
    assert calls.known == 50
    queries = max(len(one.door.queries) for one in calls.callers.deliveries())  # type: ignore[attr-defined]
    assert queries == MAX_QUERIES
    async with calls.fan:
        pass
