"""What was taken is not taken again, for a while and within bounds."""

import sys

from configserver.push.webhooks.replays import MAX_REPLAYS, Replays, mark
from tests.push.webhooks.sites import Clock


def test_it_is_forgotten_in_time() -> None:
    clock = Clock()
    replays = Replays(300, clock)
    replays.take([mark("body", b"a")])
    clock.seconds = 299
    replays.take([mark("body", b"b")])
    assert replays.age([mark("body", b"x"), mark("body", b"a")]) == 299
    clock.seconds = 300
    assert replays.age([mark("body", b"a")]) is None
    assert replays.age([mark("body", b"b")]) == 1
    assert len(replays) == 1


def test_nothing_is_remembered_for_no_time() -> None:
    replays = Replays(0, Clock())
    replays.take([b"a"])
    assert len(replays) == 0


def test_the_oldest_make_room() -> None:
    replays = Replays(300, Clock())
    for number in range(MAX_REPLAYS + 10):
        replays.take([mark("body", number.to_bytes(4, "big"))])
    assert len(replays) == MAX_REPLAYS
    assert replays.age([mark("body", (0).to_bytes(4, "big"))]) is None
    assert replays.age([mark("body", (10).to_bytes(4, "big"))]) == 0


def test_a_mark_is_small_whatever_it_is_of() -> None:
    marks = [mark("body", bytes(size)) for size in (0, 1, 1 << 20)]
    assert {len(one) for one in marks} == {16}
    assert all(sys.getsizeof(one) < 64 for one in marks)
    assert mark("body", b"a") != mark("github", b"a")
