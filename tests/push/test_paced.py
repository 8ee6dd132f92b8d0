"""One door that reaches many: applications come in batches."""

from hypothesis import given

from configserver.push import Refresh
from configserver.push.delivery.door import Delivery
from configserver.push.delivery.pace import Pace
from configserver.push.delivery.paced import Paced, _by_application
from tests.push.doors.strategies import change, refresh, refreshes
from tests.push.doors.waiting import until
from tests.push.pauses import Pauses


class Bus:
    """A door that notes who is told in each delivery."""

    name = "bus"

    def __init__(self) -> None:
        self.log: list[list[str]] = []

    async def deliver(self, refresh: Refresh) -> None:
        names = [one.query.name for one in refresh.changes]
        self.log.append([*names, *refresh.applications])


async def test_applications_are_told_in_batches_and_what_came_meanwhile_joins() -> None:
    bus, pauses = Bus(), Pauses()
    paced = Paced(Delivery(bus), Pace(batch=2, pause=5.0), sleep=pauses.sleep)
    async with paced:
        paced.offer(
            refresh(change("a"), change("a", "prod"), change("b"), change("c"), applications=("d",))
        )
        await until(lambda: len(bus.log) == 1 and len(pauses.waits) == 1)
        assert paced.report().waiting == 1
        paced.offer(refresh(change("c", to="3"), change("e"), number=2))
        pauses.end()
        await until(lambda: len(bus.log) == 2 and len(pauses.waits) == 2)
        pauses.end()
        await until(lambda: len(bus.log) == 3)
    assert bus.log == [["a", "a", "b"], ["c", "d"], ["e"]]
    assert pauses.waits[:2] == [5.0, 5.0]


async def test_closing_tells_the_rest_at_once() -> None:
    bus, pauses = Bus(), Pauses()
    async with Paced(Delivery(bus), Pace(batch=1, pause=5.0), sleep=pauses.sleep) as paced:
        paced.offer(refresh(*map(change, "abc")))
        await until(lambda: bus.log == [["a"]])
    assert bus.log == [["a"], ["b", "c"]]


@given(refreshes)
def test_the_parts_of_a_refresh_are_all_of_it(whole: Refresh) -> None:
    parts = [part for _, part in _by_application(whole)]
    told = [change for part in parts for change in part.changes]
    assert sorted(told, key=repr) == sorted(whole.changes, key=repr)
    assert sorted(name for part in parts for name in part.applications) == sorted(
        whole.applications
    )
    assert {part.id for part in parts} <= {whole.id}
