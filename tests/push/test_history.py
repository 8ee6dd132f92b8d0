"""Which keys changed between two states, as long as that is remembered."""

import pytest

from configserver.push import Change, State
from configserver.push.watching.history import History
from configserver.query import Query

QUERY = Query("shop", "dev")


def step(way: str, *keys: str, query: Query = QUERY) -> Change:
    return Change(query, State(None, way[0]), State(None, way[1]), keys)


@pytest.mark.parametrize(
    ("steps", "way", "expected"),
    [
        ([], "aa", ()),
        ([], "ab", None),
        ([step("ab", "x")], "ab", ("x",)),
        ([step("ab", "x")], "ba", None),
        ([step("ab", "y"), step("bc", "x", "y")], "ac", ("x", "y")),
        ([step("ab", "x"), step("cd", "y")], "ad", None),
        ([step("ab", "x"), step("ba", "x"), step("ac", "y")], "ac", ("y",)),
        ([step("ab", "x"), step("ba", "x"), step("ac", "y")], "bc", ("x", "y")),
        ([step("ab", "x"), step("ba", "x")], "ac", None),
        ([step("ab", "x", query=Query("shop", "prod"))], "ab", None),
        ([Change(QUERY, None, State(None, "b"), ("x",))], "ab", None),
        ([Change(QUERY, State(None, "a"), State(None, "b"), None)], "ab", None),
        ([step("ab", "x"), Change(QUERY, State(None, "a"), State(None, "b"), None)], "ab", ("x",)),
    ],
)
def test_keys_of_a_way(steps: list[Change], way: str, expected: tuple[str, ...] | None) -> None:
    history = History()
    for one in steps:
        history.add(one)
    assert history.keys(QUERY, way[0], way[1]) == expected


def test_what_is_remembered_is_bounded() -> None:
    """The oldest changes go first; one that is larger than all is not remembered."""
    history = History(max_keys=10)
    history.add(step("ab", "x", "y", "z"))
    history.add(step("bc", "x", "y", "z"))
    assert history.keys(QUERY, "b", "c") == ("x", "y", "z")
    history.add(step("cd", "x", "y", "z"))
    assert history.keys(QUERY, "a", "b") is None
    assert history.keys(QUERY, "b", "d") == ("x", "y", "z")
    history.add(step("de", *(f"k{number}" for number in range(10))))
    assert history.keys(QUERY, "d", "e") is None
    assert history.keys(QUERY, "b", "d") == ("x", "y", "z")
