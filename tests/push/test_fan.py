"""Many doors of one kind: those concerned are told, gently if so set."""

from configserver.push import Refresh
from configserver.push.claims.keys import Party
from configserver.push.delivery.door import Delivery
from configserver.push.delivery.fan import Fan, Fixed
from configserver.push.delivery.pace import AT_ONCE, Pace
from tests.push.doors.strategies import change, refresh
from tests.push.doors.waiting import until
from tests.push.pauses import Pauses


class For:
    """A door for one application."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self._log = log

    @property
    def party(self) -> Party:
        return Party(self.name)

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        return refresh if any(one.query.name == self.name for one in refresh.changes) else None

    async def deliver(self, refresh: Refresh) -> None:
        self._log.append(f"{self.name} {refresh.id[-1]}")


def fan(log: list[str], *names: str, pace: Pace = AT_ONCE, pauses: Pauses | None = None) -> Fan:
    doors = [For(name, log) for name in names]
    targets = Fixed([(door, Delivery(door)) for door in doors])
    return Fan("instances", targets, pace=pace, sleep=(pauses or Pauses()).sleep)


async def test_only_those_concerned_are_told() -> None:
    log: list[str] = []
    async with fan(log, "shop", "cart") as one:
        one.offer(refresh(change("cart")))
        await until(lambda: one.report().delivered == 1)
    assert log == ["cart 1"]


async def test_batches_wait_for_their_pauses_and_newer_states_overtake() -> None:
    log: list[str] = []
    pauses = Pauses()
    names = [f"app{n}" for n in range(5)]
    pace = Pace(batch=2, pause=7.0)
    async with fan(log, *names, pace=pace, pauses=pauses) as one:
        one.offer(refresh(*map(change, names)))
        await until(lambda: len(log) == 2 and len(pauses.waits) == 1)
        assert one.report().waiting == 3
        one.offer(refresh(change("app4"), number=2))
        pauses.end()
        await until(lambda: len(log) == 4 and len(pauses.waits) == 2)
        pauses.end()
        await until(lambda: len(log) == 5)
    assert log == ["app0 1", "app1 1", "app2 1", "app3 1", "app4 2"]
    assert pauses.waits[:2] == [7.0, 7.0]


async def test_closing_tells_the_rest_at_once() -> None:
    log: list[str] = []
    async with fan(log, "a", "b", "c", pace=Pace(batch=1, pause=7.0)) as one:
        one.offer(refresh(*map(change, "abc")))
        await until(lambda: log == ["a 1"])
    assert log == ["a 1", "b 1", "c 1"]
