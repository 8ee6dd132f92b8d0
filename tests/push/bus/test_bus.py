"""The bus as a door, a relay and an ear, with replicas on a broker that is a list in memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from configserver.push import Change, DeliveryFailed, Hint, Moved, Refresh, State
from configserver.push.bus.bus import Bus
from configserver.push.bus.destinations import identity
from configserver.push.bus.events import LookEvent, RefreshEvent, decode, encode
from configserver.push.bus.options import BusOptions
from configserver.query import Query
from tests.push.bus import recorded

_MASKED = re.compile(rb'"(id|ackId|timestamp|originService)":("[^"]*"|\d+)')


class Wire:
    """Hands each message to all who listen, the sender too, as a broker does."""

    name = "wire"

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.buses: list[Bus] = []
        self.down = False

    async def publish(self, body: bytes) -> None:
        if self.down:
            raise DeliveryFailed("the wire is down")
        self.bodies.append(body)
        for bus in self.buses:
            await bus.heard(body)

    def refreshes(self) -> list[tuple[str, str]]:
        """Return origin and destination of each refresh event."""
        events = [decode(body) for body in self.bodies]
        return [(one.origin, one.destination) for one in events if isinstance(one, RefreshEvent)]


class Hints:
    def __init__(self) -> None:
        self.taken: list[Hint] = []

    def hint(self, hint: Hint) -> bool:
        self.taken.append(hint)
        return True


class Replica:
    def __init__(self, wire: Wire, name: str, **options: Any) -> None:
        self.hints = Hints()
        chosen = {"head_start": 0.02, "patience": 0.5, "settle": 0.05, **options}
        self.bus = Bus(wire, self.hints, BusOptions(id=f"{name}:8888:{name * 4}", **chosen))
        wire.buses.append(self.bus)


@asynccontextmanager
async def running(*replicas: Replica) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.bus.run()) for one in replicas]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def refresh(*names: str, origin: str = "github", version: str = "c1") -> Refresh:
    changes = (Change(Query(name, "dev"), None, State(version, "e"), None) for name in names)
    moved = (Moved("https://u:secret@git/x?t=secret", "refs/heads/main", "c0", version),)
    return Refresh(id="1", changes=tuple(changes), moved=moved, origin=origin)


LOOK = LookEvent(id="1", origin="a:8888:aaaa", destination="**", timestamp=5)


def masked(body: bytes) -> bytes:
    return _MASKED.sub(rb'"\1":0', body)


async def until(wanted: Any) -> None:
    async with asyncio.timeout(30):
        while not wanted():  # noqa: ASYNC110 - the state of a thing under test has no event
            await asyncio.sleep(0.005)


async def test_a_refresh_is_an_event_as_recorded_for_each_destination() -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    await replica.bus.deliver(refresh("foo-dev", "foo"))
    _, first, second = wire.bodies
    assert masked(first) == masked(recorded.REFRESH)
    assert masked(second) == masked(recorded.REFRESH).replace(b"foo-dev", b"foo")


async def test_a_refresh_that_concerns_nobody_says_nothing() -> None:
    wire = Wire()
    await Replica(wire, "cfg").bus.deliver(refresh())
    assert not wire.bodies


async def test_replicas_are_told_to_look_before_applications_are_told_to_refresh() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    await one.bus.deliver(refresh("foo"))
    look, _ = (decode(body) for body in wire.bodies)
    assert isinstance(look, LookEvent)
    assert (look.repositories, look.refs) == (("https://git/x",), ("refs/heads/main",))
    assert not one.hints.taken
    assert other.hints.taken == [
        Hint(
            origin="bus",
            uris=("https://git/x",),
            refs=("refs/heads/main",),
            delivery=look.id,
            relayed=True,
        )
    ]
    assert b"secret" not in b"".join(wire.bodies)


async def test_a_hint_is_relayed_at_once_and_a_relayed_one_never() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    async with running(one):
        one.bus.relay(Hint(origin="peer", relayed=True))
        one.bus.relay(Hint(origin="github", uris=("ssh://git:pw@git/x#f",)))
        await until(lambda: other.hints.taken)
        assert [hint.uris for hint in other.hints.taken] == [("ssh://git@git/x",)]
        await one.bus.deliver(refresh("foo"))
    assert len(wire.bodies) == 2, "the change that the hint led to is not announced again"


async def test_more_hints_than_a_broker_takes_become_one_that_means_everything() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    for number in range(101):
        one.bus.relay(Hint(origin="github", uris=(f"https://git/{number}",)))
    async with running(one):
        await until(lambda: other.hints.taken)
    assert [hint.uris for hint in other.hints.taken] == [()]


async def test_two_replicas_that_find_the_same_change_wake_an_application_once() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    led = other.bus.deliver(refresh("foo", "bar"))
    await asyncio.gather(one.bus.deliver(refresh("foo", "bar")), led)
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**"), ("a:8888:aaaa", "bar:**")]


async def test_an_event_that_covers_more_is_enough() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b", exact=True)
    led = other.bus.deliver(refresh("foo"))
    await asyncio.gather(one.bus.deliver(refresh("foo")), led)
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**")]


async def test_a_replica_tells_what_the_one_that_led_it_does_not() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    led = other.bus.deliver(refresh("foo", "bar"))
    await asyncio.gather(one.bus.deliver(refresh("foo")), led)
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**"), ("b:8888:bbbb", "bar:**")]


async def test_a_replica_whose_leader_died_tells_all() -> None:
    wire = Wire()
    replica = Replica(wire, "b", patience=0.05)
    await wire.publish(encode(LOOK))
    await replica.bus.deliver(refresh("foo"))
    assert wire.refreshes() == [("b:8888:bbbb", "foo:**")]


async def test_what_was_told_before_this_server_had_it_is_told_again() -> None:
    """Whoever obeyed the first event may have asked this server, and got what was there before."""
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b", patience=0.05)
    await one.bus.deliver(refresh("foo"))
    await other.bus.deliver(refresh("foo"))
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**"), ("b:8888:bbbb", "foo:**")]


async def test_of_two_replicas_that_got_the_same_webhook_the_first_by_its_id_tells() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b")
    async with running(one, other):
        for replica in (other, one):
            replica.bus.relay(Hint(origin="github", uris=("https://git/x",)))
        await until(lambda: one.hints.taken and other.hints.taken)
        await asyncio.gather(other.bus.deliver(refresh("foo")), one.bus.deliver(refresh("foo")))
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**")]


async def test_what_was_told_of_another_commit_does_not_count() -> None:
    wire = Wire()
    one, other = Replica(wire, "a"), Replica(wire, "b", patience=0.1)
    led = other.bus.deliver(refresh("foo", version="c2"))
    await asyncio.gather(one.bus.deliver(refresh("foo", version="c1")), led)
    assert wire.refreshes() == [("a:8888:aaaa", "foo:**"), ("b:8888:bbbb", "foo:**")]


@pytest.mark.parametrize("destination", ["**", "cfg:**", "*:**", "cfg:8888:**", ""])
async def test_an_event_for_this_server_is_a_hint_and_is_acknowledged(destination: str) -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    event = RefreshEvent(id="1", origin="foo:1:x", destination=destination, timestamp=5)
    await wire.publish(encode(event))
    assert replica.hints.taken == [Hint(origin="bus", delivery="1", relayed=True)]
    _, ack = wire.bodies
    assert masked(ack) == masked(recorded.ACK).replace(b"*:**", destination.encode())
    assert b'"ackId":"1"' in ack


@pytest.mark.parametrize("destination", ["foo:**", "cfg", "cfg:9:**"])
async def test_an_event_for_others_is_none_of_our_business(destination: str) -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    event = RefreshEvent(id="1", origin="foo:1:x", destination=destination, timestamp=5)
    await wire.publish(encode(event))
    assert not replica.hints.taken
    assert len(wire.bodies) == 1


async def test_an_order_goes_out_as_asked_and_the_sender_acknowledges_it_too() -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    await replica.bus.order("**")
    refresh_event, ack = wire.bodies
    assert masked(refresh_event) == masked(recorded.REFRESH).replace(b"foo-dev:**", b"**")
    assert masked(ack) == masked(recorded.ACK).replace(b"*:**", b"**")
    assert not replica.hints.taken, "own events are no hints"


async def test_acks_can_be_sent_elsewhere_or_not_at_all() -> None:
    wire = Wire()
    Replica(wire, "a", acks=False)
    Replica(wire, "b", ack_destination="ops:**")
    await wire.publish(encode(RefreshEvent(id="1", origin="o", destination="**", timestamp=5)))
    _, ack = wire.bodies
    assert decode(ack).destination == "ops:**"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[" * 100_000, recorded.SHUTDOWN, recorded.ENVIRONMENT, recorded.ACK]
)
async def test_whatever_else_comes_is_passed_over(body: bytes) -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    await replica.bus.heard(body)
    assert not replica.hints.taken
    assert not wire.bodies


async def test_a_fault_in_what_an_event_leads_to_does_not_stop_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")

    def fail(_: Hint) -> bool:
        raise KeyError

    with monkeypatch.context() as patched:
        patched.setattr(replica.hints, "hint", fail)
        await replica.bus.heard(encode(LOOK))
    await replica.bus.heard(encode(LOOK))
    assert len(replica.hints.taken) == 1


async def test_what_a_broker_that_was_down_did_not_take_is_told_when_all_are_back() -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    async with running(replica):
        wire.down = True
        for version in ("c1", "c2"):
            with pytest.raises(DeliveryFailed):
                await replica.bus.deliver(refresh("foo", version=version))
        replica.bus.connected(False)
        wire.down = False
        replica.bus.connected(True)
        assert replica.hints.taken == [Hint(origin="bus", relayed=True)], "missed relays are found"
        await until(wire.refreshes)
        await asyncio.sleep(0.1)
    assert [destination for _, destination in wire.refreshes()] == ["foo:**"]


async def test_what_was_told_just_before_the_broker_died_is_told_again() -> None:
    wire = Wire()
    replica = Replica(wire, "cfg")
    async with running(replica):
        await replica.bus.deliver(refresh("foo"))
        replica.bus.connected(False)
        replica.bus.connected(True)
        await until(lambda: len(wire.refreshes()) == 2)
    assert {destination for _, destination in wire.refreshes()} == {"foo:**"}


def test_ids_differ_where_nothing_tells_the_change() -> None:
    assert identity("foo:**", frozenset()) is None
