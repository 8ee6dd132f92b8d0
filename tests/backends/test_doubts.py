"""How often a damaged mirror is cloned anew."""

from configserver.backends.git.mirrors.doubts import Doubts


def test_one_doubt_at_a_time_is_looked_into() -> None:
    doubts = Doubts()
    assert not doubts.any
    assert doubts.note("abc", 100)
    assert not doubts.note("def", 100)
    assert doubts.current is not None
    assert doubts.current.object_id == "abc"
    assert doubts.any


def test_checks_and_clones_have_pauses_in_between() -> None:
    doubts = Doubts()
    assert doubts.note(None, 100)
    doubts.checked(100)
    assert not doubts.any
    assert not doubts.note("abc", 104)
    assert doubts.note("abc", 105)
    doubts.certain = True
    assert not doubts.is_too_soon(106)
    doubts.healed(110)
    assert not doubts.any
    assert doubts.is_too_soon(169)
    assert not doubts.is_too_soon(170)
    assert not doubts.note("abc", 409)
    assert doubts.note("abc", 410)
