"""A connection that is made again by itself, whatever the library of the broker raises."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from configserver.push import DeliveryFailed
from configserver.push.bus.link import Broker, Link, Patience
from configserver.push.delivery.retries import Retries
from tests.push.doors.waiting import until

QUICK = Patience(
    connect=0.2,
    publish=0.1,
    absent=0.05,
    retries=Retries(tries=0, seconds=0, first=0.01, longest=0.02),
)


class BrokerError(Exception):
    """What the library of the broker raises."""


async def forever() -> None:
    await asyncio.Event().wait()


async def lost() -> None:
    raise BrokerError


async def returned() -> None:
    return


async def unforeseen() -> None:
    raise KeyError("a fault")


async def cancelled_within() -> None:
    """End as libraries do that await a task of their own which they have cancelled."""
    task = asyncio.ensure_future(forever())
    task.cancel()
    await task


class Peer:
    """A broker that does what it is told, and counts."""

    def __init__(self) -> None:
        self.connecting: Callable[[], Awaitable[None]] = returned
        self.publishing: Callable[[], Awaitable[None]] = returned
        self.ending: Callable[[], Awaitable[None]] = forever
        self.begun = self.opened = self.closed = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Peer"]:
        self.begun += 1
        await self.connecting()
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1

    async def publish(self, body: bytes) -> None:
        assert body
        await self.publishing()

    async def ended(self) -> None:
        await self.ending()

    def link(self, patience: Patience = QUICK) -> Link:
        broker = Broker(
            name="broker",
            connect=self.connect,
            failures=(BrokerError,),
            explain=lambda _: "it is away",
        )
        return Link(broker, patience=patience)


ENDINGS = [lost, returned, unforeseen, cancelled_within]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_session_that_ends_is_followed_by_another(
    ending: Callable[[], Awaitable[None]],
) -> None:
    peer = Peer()
    peer.ending = ending
    changes: list[bool] = []
    held = asyncio.Event()

    async def hold() -> None:
        held.set()
        await forever()

    link = peer.link()
    link.changed = changes.append
    async with link:
        await until(lambda: peer.opened >= 3)
        peer.ending = hold
        await held.wait()
        await link.publish(b"x")
    assert changes[:4] == [True, False, True, False]
    assert peer.opened == peer.closed


@pytest.mark.parametrize("connecting", [lost, forever, unforeseen, cancelled_within])
async def test_a_broker_that_cannot_be_reached_holds_nobody_up(
    connecting: Callable[[], Awaitable[None]],
) -> None:
    peer = Peer()
    peer.connecting = connecting
    async with peer.link(replace(QUICK, connect=2.0)) as link:
        async with asyncio.timeout(20):
            with pytest.raises(DeliveryFailed, match="cannot be reached"):
                await link.publish(b"x")
        if connecting is forever:
            assert peer.begun == 1, "a message does not wait until the connection fails"
        peer.connecting = returned
        await until(lambda: peer.opened)
        await link.publish(b"x")


@pytest.mark.parametrize("publishing", [lost, forever, unforeseen, cancelled_within])
async def test_a_message_that_is_not_taken_ends_the_session(
    publishing: Callable[[], Awaitable[None]],
) -> None:
    peer = Peer()
    peer.publishing = publishing
    async with peer.link() as link:
        await until(lambda: peer.opened)
        with pytest.raises(DeliveryFailed):
            await link.publish(b"x")
        peer.publishing = returned
        await until(lambda: peer.opened == 2)
        await link.publish(b"x")
    assert peer.closed == 2


async def test_the_end_of_the_server_ends_it_at_once() -> None:
    peer = Peer()
    peer.connecting = forever
    async with peer.link(replace(QUICK, connect=30.0)):
        await asyncio.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 10


async def test_whoever_gives_up_a_message_is_not_told_of_a_failure() -> None:
    peer = Peer()
    peer.publishing = forever
    async with peer.link() as link:
        await until(lambda: peer.opened)
        sending = asyncio.create_task(link.publish(b"x"))
        await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
