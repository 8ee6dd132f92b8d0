"""Who is remembered, and who is not when there are too many."""

from hypothesis import given
from hypothesis import strategies as st

from configserver.push.comparison.effective import WIDTH, Effective
from configserver.push.interest.keys import KeyPool
from configserver.push.interest.queries import Interest, Known
from configserver.query import Query

KEYS = st.lists(st.text("abcd", max_size=3), unique=True, max_size=6).map(sorted).map(tuple)


def known(name: str, *keys: str, own: bool = True, tag: str = "t") -> Known:
    return Known(Query(name, "dev"), "c1", Effective(tag, keys, bytes(WIDTH * len(keys))), own=own)


def names(interest: Interest) -> list[str]:
    return [one.query.name for one in interest]


def test_those_asked_last_come_first_and_stay_longest() -> None:
    """Beyond the bound the one goes that was not asked for the longest time."""
    interest = Interest(3, 1 << 20)
    for name in ("a", "b", "c"):
        interest.put(known(name))
    assert interest.touch(Query("a", "dev"))
    interest.put(known("d"))
    assert names(interest) == ["d", "a", "c"]
    assert not interest.touch(Query("b", "dev"))


def test_a_scanner_pushes_out_nobody_but_scanners() -> None:
    """Names that led to nothing of their own go before all others."""
    interest = Interest(100, 1 << 20)
    for number in range(50):
        interest.put(known(f"real-{number}"))
    for number in range(10_000):
        interest.put(known(f"guess-{number}", own=False))
    assert len(interest) == 100
    assert names(interest)[:50] == [f"real-{number}" for number in reversed(range(50))]
    assert set(interest.applications) == {f"real-{number}" for number in range(50)}


def test_an_update_is_no_question() -> None:
    """What was compared keeps its place; one that gets files of its own is promoted."""
    interest = Interest(3, 1 << 20)
    for name, own in (("a", True), ("b", True), ("c", False)):
        interest.put(known(name, own=own))
    interest.update(known("a", "k", tag="u"))
    assert names(interest) == ["b", "a", "c"]
    interest.update(known("c"))
    assert names(interest) == ["c", "b", "a"]
    assert len(interest) == 3


def test_bytes_are_bounded() -> None:
    """When keys are too much, tags are kept without; when tags are too many, some go."""
    interest = Interest(20_000, 100_000)
    for number in range(500):
        interest.put(known(f"app-{number}", *(f"app-{number}.key.{key}" for key in range(50))))
        assert interest.size <= 100_000
    assert 0 < len(interest) <= 500
    assert any(one.effective.keys is None for one in interest)


def test_common_keys_are_kept_once() -> None:
    """A thousand profiles with the same thousand keys take little more than their hashes."""
    interest = Interest(20_000, 64 << 20)
    keys = [f"some.longer.name.of.a.key.{number:04}" for number in range(1000)]
    for number in range(1000):
        interest.put(known(f"app-{number}", *keys))
    assert interest.size < 1000 * (WIDTH * 1000 + 1000) + 500_000
    assert all(one.effective.keys is not None for one in interest)


@given(st.lists(st.tuples(st.integers(0, 5), KEYS, st.booleans(), st.booleans()), max_size=40))
def test_nothing_is_left_of_what_was_dropped(
    steps: list[tuple[int, tuple[str, ...], bool, bool]],
) -> None:
    """The estimate goes up and down by the same."""
    interest = Interest(4, 1 << 20)
    for number, keys, own, put in steps:
        one = known(f"app-{number}", *keys, own=own)
        (interest.put if put else interest.update)(one)
        assert len(interest) <= 4
        assert len(set(names(interest))) == len(interest)
    for number in range(10):
        interest.put(known(f"empty-{number}"))
    empty = Interest(4, 1 << 20)
    for number in range(6, 10):
        empty.put(known(f"empty-{number}"))
    assert interest.size == empty.size


@given(st.lists(KEYS, max_size=10))
def test_a_pool_ends_as_it_began(lists: list[tuple[str, ...]]) -> None:
    """Equal lists are one, and keys in several lists are one text."""
    pool = KeyPool()
    shared = [pool.share(tuple("".join(list(key)) for key in keys)) for keys in lists]
    assert shared == lists
    for keys in shared:
        assert all(pool.share(keys) is keys for _ in range(2))
        pool.release(keys)
        pool.release(keys)
    for keys in shared:
        pool.release(keys)
    assert pool.size == 0
