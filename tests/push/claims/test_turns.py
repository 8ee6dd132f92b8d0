"""What is told when, as claims and time go by."""

from dataclasses import replace

import pytest

from configserver.push import Refresh
from configserver.push.claims.keys import Key, Party
from configserver.push.claims.ledger import Ledger
from configserver.push.claims.turns import MOST, Share, Turns
from configserver.push.claims.words import Claim, Done
from tests.push.doors.strategies import change, refresh

PARTY = Party("webhook x", whole=False)
WHOLE = Party("instance x")


class Desk:
    """The turns of `m`, with a clock to set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ledger = Ledger("m", hold=10.0, clock=lambda: self.now)
        self.turns: Turns[str] = Turns(self.ledger, head_start=1.0, clock=lambda: self.now)

    def take(self, found: Refresh, party: Party = PARTY) -> Claim:
        return self.turns.take([Share("line", party, found)])

    def due(self, after: float) -> list[list[str]]:
        """Let time go by; return the states of whom is told then."""
        self.now += after
        return [
            [f"{one.query.name} {one.after.etag}" for one in share.part.changes]
            for share in self.turns.due()
        ]

    def other(self, found: Refresh, *, count: int = 1) -> Claim:
        """Hear that `a` has found it as well."""
        claim = Claim(by="a", count=count, keys=PARTY.keys(found))
        self.ledger.hear(claim)
        return claim

    def told(self, found: Refresh) -> None:
        """Hear that `a` has told all that is known by now."""
        self.ledger.hear(
            Done(by="a", keys=PARTY.keys(found), seen={**self.ledger.seen(), "a": 1000})
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


FIRST = refresh(change("shop"), change("cart"))


def test_all_is_told_after_the_head_start(desk: Desk) -> None:
    desk.take(FIRST)
    assert desk.turns.wait == 1.0
    assert desk.due(0.5) == []
    assert desk.due(0.5) == [["shop e2", "cart e2"]]
    assert desk.turns.wait is None


def test_only_what_nobody_else_claims_is_told(desk: Desk) -> None:
    desk.take(FIRST)
    desk.other(refresh(change("shop")))
    assert desk.due(1) == [["cart e2"]]
    assert desk.due(8) == []
    assert desk.due(1) == [["shop e2"]]


def test_what_another_told_is_dropped(desk: Desk) -> None:
    desk.take(FIRST)
    desk.other(FIRST)
    assert desk.due(1) == []
    desk.told(refresh(change("shop")))
    assert desk.due(10) == [["cart e2"]]


def test_a_failure_of_another_ends_the_wait_but_no_head_start(desk: Desk) -> None:
    desk.take(FIRST)
    desk.other(FIRST)
    assert desk.due(1) == []
    desk.take(refresh(change("new")))
    desk.ledger.hear(Done(by="a", keys=PARTY.keys(FIRST), seen={"a": 1}))
    desk.turns.decide([*PARTY.keys(FIRST), *PARTY.keys(refresh(change("new")))])
    assert desk.due(0) == [["shop e2", "cart e2"]]
    assert desk.turns.wait == 1.0


def test_an_older_state_goes_along_with_a_newer_one_and_never_after_it(desk: Desk) -> None:
    """The one who was to tell the older one is gone."""
    desk.take(FIRST)
    desk.other(FIRST)
    assert desk.due(1) == []
    desk.take(refresh(replace(change("shop", to="3"), keys=("c",))))
    desk.now += 1
    [share] = desk.turns.due()
    [told] = share.part.changes
    assert (told.before, told.after, told.keys) == (
        change().before,
        change(to="3").after,
        ("a.b", "c"),
    )
    assert desk.due(10) == [["cart e2"]]


def test_what_is_told_in_parts_has_several_ids(desk: Desk) -> None:
    """Receivers take messages with the same id for the same one."""
    desk.take(FIRST)
    desk.other(refresh(change("shop")))
    desk.now += 1
    [first] = desk.turns.due()
    desk.now += 10
    [second] = desk.turns.due()
    assert len({FIRST.id, first.part.id, second.part.id}) == 3


def test_an_instance_that_was_told_of_anything_has_read_everything(desk: Desk) -> None:
    desk.take(refresh(change("shop")), WHOLE)
    desk.take(refresh(change("cart")), WHOLE)
    seen = desk.ledger.seen()
    desk.ledger.hear(Done(by="a", keys=WHOLE.keys(FIRST), seen=seen))
    assert desk.due(1) == []


def test_a_line_that_is_too_long_is_told(desk: Desk) -> None:
    for number in range(MOST + 5):
        one = refresh(change(f"app{number}"))
        desk.take(one)
        desk.other(one, count=number + 1)
    assert len(desk.due(0)) == 5
    assert len(desk.turns) == MOST


@pytest.mark.parametrize("party", [PARTY, WHOLE])
def test_the_rest_is_all_that_nobody_has_told(desk: Desk, party: Party) -> None:
    desk.take(FIRST, party)
    desk.other(FIRST)
    assert [one.part for one in desk.turns.rest()] == [FIRST]
    desk.take(FIRST, party)
    desk.ledger.hear(Done(by="a", keys=party.keys(FIRST), seen=desk.ledger.seen()))
    assert desk.turns.rest() == []


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (refresh(change()), refresh(change(), number=2), True),
        (refresh(change()), refresh(change(to="3")), False),
        (refresh(change()), refresh(change(label="v1")), False),
        (refresh(change()), refresh(change(profiles="prod")), False),
        (refresh(change()), refresh(change("cart")), False),
        (refresh(applications=("a",)), refresh(applications=("a",), number=2), True),
        (refresh(applications=("a",)), refresh(applications=("b",)), False),
        (refresh(applications=("a",)), replace(refresh(applications=("a",)), moved=()), False),
    ],
)
def test_replicas_name_the_same_alike(one: Refresh, other: Refresh, equal: bool) -> None:
    assert (PARTY.keys(one) == PARTY.keys(other)) == equal
    assert PARTY.keys(one) != Party("webhook y", whole=False).keys(one)
    assert WHOLE.keys(one) == WHOLE.keys(other) == (Key(WHOLE.keys(one)[0].who, ""),)
