"""Sharing work between those who want it at the same time."""

import asyncio

import pytest

from configserver.backends.flight import SharedProbe, SingleFlight, wait_at_most


class Clock:
    """A probe whose result is the time at which it began, and which ends when told to."""

    def __init__(self) -> None:
        self.began = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.began += 1
        number = self.began
        await self.gate.wait()
        return number


async def test_who_comes_during_a_probe_gets_the_next_one() -> None:
    clock = Clock()
    probe = SharedProbe(clock)
    first = [probe.join() for _ in range(3)]
    await asyncio.sleep(0)
    second = [probe.join() for _ in range(3)]
    assert probe.current() is first[0]
    clock.gate.set()
    assert await asyncio.gather(*first) == [1, 1, 1]
    assert await asyncio.gather(*second) == [2, 2, 2]
    assert await probe.join() == 3
    await probe.close()


async def test_joining_at_the_moment_one_probe_ends_starts_no_second_one_beside_the_next() -> None:
    clock = Clock()
    probe = SharedProbe(clock)
    first = probe.join()
    await asyncio.sleep(0)
    second = probe.join()
    late: list[asyncio.Task[int]] = []
    first.add_done_callback(lambda _: late.append(probe.join()))
    clock.gate.set()
    await first
    await asyncio.sleep(0)
    assert await asyncio.gather(second, *late) == [2, 2]
    await probe.close()


async def test_a_failure_reaches_those_who_joined_and_nobody_else() -> None:
    failures = iter([ValueError("first"), None])

    async def work() -> str:
        await asyncio.sleep(0)
        failure = next(failures)
        if failure:
            raise failure
        return "fine"

    probe = SharedProbe(work)
    first = probe.join()
    await asyncio.sleep(0)
    second = probe.join()
    with pytest.raises(ValueError, match="first"):
        await first
    assert await second == "fine"
    await probe.close()


async def test_closing_cancels_what_runs_and_what_waits() -> None:
    probe = SharedProbe(Clock())
    tasks = [probe.join()]
    await asyncio.sleep(0)
    tasks.append(probe.join())
    await probe.close()
    assert [task.cancelled() for task in tasks] == [True, True]


async def test_waiting_ends_at_the_limit_and_leaves_the_work_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    assert not await wait_at_most(task, 0.01)
    assert not await wait_at_most(task, -1)
    assert not task.done()
    task.cancel()


async def test_one_flight_for_all_who_ask_meanwhile() -> None:
    flights = SingleFlight()
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.01)
        return runs

    assert await asyncio.gather(*[flights.run("key", work) for _ in range(500)]) == [1] * 500
    assert await flights.run("key", work) == 2


async def test_an_asker_that_is_cancelled_does_not_take_the_others_along() -> None:
    flights = SingleFlight()
    gate = asyncio.Event()

    async def work() -> str:
        await gate.wait()
        return "done"

    impatient = asyncio.create_task(flights.run("key", work))
    patient = asyncio.create_task(flights.run("key", work))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await patient == "done"
    assert impatient.cancelled()
    await flights.close()
