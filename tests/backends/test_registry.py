"""Backends of URIs that requests name: as many as allowed, and no more."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.backends import Seen
from configserver.backends.registry import Registry
from configserver.backends.resident import Resident
from configserver.backends.tenants import Target
from configserver.errors import ConfigError, NoSuchRepository, Unavailable
from configserver.query import Query
from tests.backends.tenancy import Hut, World

QUERY = Query("foo", "dev")


@asynccontextmanager
async def opened(
    world: World,
    *,
    max_count: int = 4,
    max_bytes: int = 1000,
    max_pending: int = 10,
    max_absent: int = 100,
    clock: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Callable[[str], Resident]]:
    registry = Registry(
        world.make,
        max_count=max_count,
        max_bytes=max_bytes,
        absent_seconds=60,
        max_absent=max_absent,
        max_pending=max_pending,
        clock=clock,
    )
    async with registry:
        yield lambda uri: Resident(registry, Target("", uri))
    assert not world.live.total()


async def settled(registry: Registry) -> None:
    for _ in range(1000):
        if registry.room().leaving:
            await asyncio.sleep(0)


async def test_a_backend_is_opened_by_the_first_who_ask_and_serves_all_of_them() -> None:
    world = World()
    async with opened(world) as at:
        home = at("a")
        assert home.now() is None
        assert home.seen().seconds is None
        assert world.made == []
        generations = await asyncio.gather(*(at("a").sync() for _ in range(100)))
        assert world.made == ["a"]
        assert home.now() in generations
        assert home.seen().seconds == 0
        found = await home.find(QUERY)
        assert found.sources[0].name == "a/application.yml"
        assert (await home.file(QUERY, "x")).content == b"a"
    assert (world.closed, world.discarded) == (["a"], [])


async def test_who_was_not_asked_for_longest_goes_and_comes_back_anew() -> None:
    world = World()
    async with opened(world, max_count=2) as at:
        first = at("a")
        before = await first.sync()
        await at("b").sync()
        assert first.now() == before
        await at("c").sync()
        assert first.now() == before
        await settled(first.registry)
        assert (world.discarded, at("b").now()) == (["b"], None)
        await at("b").sync()
        assert world.made == ["a", "b", "c", "b"]
        assert world.most == 2


async def test_mirrors_stay_under_their_bytes_but_for_the_last_one_asked() -> None:
    world = World(sizes={"a": 400, "b": 400, "c": 400, "huge": 5000})
    async with opened(world, max_bytes=1000) as at:
        for uri in "abc":
            await at(uri).find(QUERY)
        registry = at("a").registry
        await settled(registry)
        assert (world.discarded, registry.room().size) == (["a"], 800)
        await at("huge").find(QUERY)
        assert (registry.room().live, registry.room().size) == (1, 5000)
        assert (await at("huge").find(QUERY)).version == "id"
        assert world.made.count("huge") == 1


async def test_a_name_that_leads_nowhere_is_not_asked_for_again_for_a_while() -> None:
    world, time = World(there={"a"}), 0.0
    async with opened(world, clock=lambda: time) as at:
        for _ in range(3):
            with pytest.raises(NoSuchRepository, match="there is no such repository"):
                await at("b").sync()
            with pytest.raises(NoSuchRepository):
                await at("b").find(QUERY)
        assert (world.asked, world.made) == (1, ["b"])
        registry = at("b").registry
        await settled(registry)
        assert registry.room() == (0, 0, 0, 1, 0)
        time = 61.0
        world.there = {"a", "b"}
        assert (await at("b").find(QUERY)).version == "id"


async def test_one_that_cannot_be_reached_is_no_reason_to_say_that_there_is_none() -> None:
    world = World(down={"https://u:p@h/a"})
    async with opened(world) as at:
        home = at("https://u:p@h/a")
        with pytest.raises(Unavailable, match="never reached") as caught:
            await home.sync()
        assert caught.value.repository == "https://u:******@h/a"
        assert home.seen().stale
        world.down.clear()
        await home.sync()
        assert world.made == ["https://u:p@h/a"]


async def test_those_never_reached_go_first() -> None:
    world = World(down={"b"})
    async with opened(world, max_count=2) as at:
        await at("a").sync()
        with pytest.raises(Unavailable):
            await at("b").sync()
        await at("c").sync()
        assert world.discarded == ["b"]


async def test_a_mirror_of_an_earlier_run_is_no_failure_while_the_remote_is_down() -> None:
    class Kept(Hut):
        def ready(self) -> bool:
            return True

        def seen(self) -> Seen:
            return Seen(math.inf, stale=True)

    world = World()
    async with Registry(
        lambda target: (Kept if target.uri == "b" else Hut)(world, target.uri),
        max_count=2,
        max_bytes=9,
        absent_seconds=1,
        max_pending=1,
    ) as registry:
        for uri in "abc":
            await Resident(registry, Target("", uri)).sync()
        await settled(registry)
    assert world.discarded == ["a"]


async def test_only_some_are_cloned_at_a_time() -> None:
    world = World()
    async with opened(world, max_count=100, max_pending=3) as at:
        world.slow.clear()
        tasks = [asyncio.create_task(at(str(number)).sync()) for number in range(10)]
        await asyncio.sleep(0.01)
        assert at("0").registry.room().pending == 3
        world.slow.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        refused = [result for result in results if isinstance(result, Unavailable)]
        assert len(refused) == 7
        assert refused[0].status == 503
        assert "too many repositories are being cloned" in refused[0].reason
        await asyncio.gather(*(at(str(number)).sync() for number in range(3)))
        await at("9").sync()


async def test_one_in_use_is_not_closed() -> None:
    world = World()
    async with opened(world, max_count=2, max_pending=10) as at:
        registry = at("a").registry
        async with registry.lease(Target("", "a")) as one, registry.lease(Target("", "b")):
            await one.sync()
            with pytest.raises(Unavailable, match="too many repositories are in use"):
                await at("c").sync()
        await at("c").sync()
        assert world.discarded == ["a"]


async def test_a_clone_under_way_is_not_given_up_for_others() -> None:
    world = World()
    async with opened(world, max_count=1) as at:
        world.slow.clear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(at("a").sync(), 0.01)
        with pytest.raises(Unavailable):
            await at("b").sync()
        world.slow.set()
        await at("a").sync()
        assert world.made == ["a"]


async def test_one_comes_back_only_when_its_old_mirror_is_gone() -> None:
    world = World()
    async with opened(world, max_count=1) as at:
        await at("a").sync()
        world.slow.clear()
        other = asyncio.create_task(at("b").sync())
        await asyncio.sleep(0.01)
        assert (world.made, world.discarded) == (["a"], ["a"])
        world.slow.set()
        await other
        world.slow.clear()
        again = asyncio.create_task(at("a").sync())
        await asyncio.sleep(0.01)
        world.slow.set()
        await again
        assert (world.made, world.most) == (["a", "b", "a"], 1)


async def test_one_that_cannot_be_opened_is_tried_again() -> None:
    world = World()
    broken = True

    def make(target: Target) -> Hut:
        if broken:
            raise Unavailable("the state directory is full")
        return world.make(target)

    async with Registry(
        make,
        max_count=1,
        max_bytes=1,
        absent_seconds=1,
        max_pending=1,
    ) as registry:
        home = Resident(registry, Target("", "a"))
        with pytest.raises(Unavailable, match="full"):
            await home.sync()
        broken = False
        await home.sync()


async def test_the_same_uri_of_two_owners_is_two_backends() -> None:
    made: list[Target] = []
    world = World()

    def make(target: Target) -> Hut:
        made.append(target)
        return world.make(Target("", "/".join(target)))

    async with Registry(
        make, max_count=4, max_bytes=9, absent_seconds=1, max_pending=1
    ) as registry:
        for owner in ("x", "y", "x"):
            await Resident(registry, Target(owner, "a")).sync()
    assert made == [Target("x", "a"), Target("y", "a")]


async def test_a_mirror_that_cannot_be_removed_is_logged_and_holds_up_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stuck(Hut):
        async def discard(self) -> None:
            await super().discard()
            raise OSError("read-only")

    world = World()
    async with Registry(
        lambda target: Stuck(world, target.uri),
        max_count=1,
        max_bytes=9,
        absent_seconds=1,
        max_pending=1,
    ) as registry:
        for uri in ("https://u:secret@h/a", "b"):
            await Resident(registry, Target("", uri)).sync()
    (record,) = caplog.records
    assert record.getMessage() == "mirror cannot be removed"
    assert getattr(record, "fields", {}) == {
        "repository": "https://u:******@h/a",
        "reason": "OSError",
    }


async def test_ten_thousand_random_names_stay_under_all_limits() -> None:
    """A tenth of them exist, a tenth cannot be reached; 50 ask at a time."""
    draw = random.Random(7)
    names = [f"{number:05}" for number in range(10_000)]
    world = World(there=set(draw.sample(names, 1000)), down=set(draw.sample(names, 1000)))
    world.sizes = {name: draw.randrange(1, 200) for name in names}
    outcomes: dict[str, int] = {}
    async with opened(world, max_count=20, max_bytes=1500, max_pending=8, max_absent=500) as at:
        registry = at("x").registry
        most = [0, 0, 0, 0, 0]
        queue = iter(names)

        async def ask() -> None:
            for name in queue:
                try:
                    await at(name).find(Query(name, "dev"))
                    outcome = "found"
                except ConfigError as error:
                    outcome = type(error).__name__
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                for place, number in enumerate(registry.room()):
                    most[place] = max(most[place], number)

        await asyncio.gather(*(ask() for _ in range(50)))
        await settled(registry)
        assert world.most <= 20
        live, _, pending, absent, size = most
        assert live <= 20
        assert pending <= 8
        assert absent <= 500
        assert size <= 1500 + 200
        assert registry.room().size <= 1500
    assert sum(outcomes.values()) == 10_000
    assert {"found", "NoSuchRepository", "Unavailable"} == set(outcomes)
    assert world.asked < 10_000


@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.integers(1, 4))
def test_the_last_ones_asked_are_live(asked: str, room: int) -> None:
    async def play() -> None:
        world = World()
        async with opened(world, max_count=room) as at:
            for name in asked:
                await at(name).find(QUERY)
            expected = list(dict.fromkeys(reversed(asked)))[:room]
            await settled(at("a").registry)
            assert {name for name in "abcdef" if world.live[name]} == set(expected)

    asyncio.run(play())
