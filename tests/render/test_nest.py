"""Flat keys to maps and lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidKey, Unrenderable
from configserver.render.nest import MAX_DEPTH, MAX_GAPS, Node, nest


@pytest.mark.parametrize(
    ("flat", "tree"),
    [
        ({"a.b": 1, "a.c": 2}, {"a": {"b": 1, "c": 2}}),
        ({"a[0]": 1, "a[1]": 2}, {"a": [1, 2]}),
        ({"a[1]": 1}, {"a": [None, 1]}),
        ({"a[0].b": 1, "a[0].c[0][1]": 2}, {"a": [{"b": 1, "c": [[None, 2]]}]}),
        ({f"a[{'0' * 5000}]": 1}, {"a": [1]}),
        ({"a.": 1, "": 2}, {"a": {"": 1}, "": 2}),
        ({"a.b[c]": 1, "a[ 0 ]": 2, "a[": 3, "a[]": 4}, {"a": {"b[c]": 1}, "a[ 0 ]": 2, "a[": 3,
                                                        "a[]": 4}),
        ({"m[a.b]": 1}, {"m[a": {"b]": 1}}),
        ({"p[k][0]": 1}, {"p[k]": [1]}),
        ({"[x]": 1, "a[x]y": 2, "a]b": 3}, {"[x]": 1, "a[x]y": 2, "a]b": 3}),
        ({"1].a": 1}, {"1].a": 1}),
        ({"a[99999999999]": 1}, {"a[99999999999]": 1}),
    ],
)  # fmt: skip
def test_nest(flat: dict[str, int], tree: object) -> None:
    assert nest(flat) == tree


@pytest.mark.parametrize(
    ("flat", "tree"),
    [
        ({"a": 1, "a.b": 2}, {"a": 1, "a.b": 2}),
        ({"a": 1, "a.b.c.d": 4}, {"a": 1, "b": {"c": {"a.d": 4}}}),
        ({"a": 1, "a.b": 2, "a.b.c": 3}, {"a": 1, "a.b": 2, "b": {"a.c": 3}}),
        ({"a": 1, "b": 5, "a.b.c": 2}, {"a": 1, "b": 5, "b.c": 2}),
        ({"a": 1, "a.b[0]": 2}, {"a": 1, "b": [2]}),
        ({"a.b": 1, "a": 2}, {"a": 2}),
        ({"a[0].b": 1, "a[0]": 2}, {"a": [2]}),
        ({"a[0]": 1, "a.b": 2}, {"a": [1], "a.b": 2}),
    ],
)
def test_where_a_value_and_a_map_meet(flat: dict[str, int], tree: object) -> None:
    assert nest(flat) == tree


@pytest.mark.parametrize(
    "key", ["a..b", ".a", "[0]", "a[0]b", "q[0][k]", "a[-1]", "a[+1]", "a[0][", "a[0][9999999999]"]
)
def test_keys_that_are_refused(key: str) -> None:
    with pytest.raises(InvalidKey):
        nest({key: 1})


@pytest.mark.parametrize(
    "flat",
    [
        {"a": 1, "a[0]": 2},
        {"a.b": 1, "a[0]": 2},
        {"a[0]": 1, "a[0].b": 2},
        {"a[0][0]": 1, "a[0].b": 2},
        {"a": 1, "a[0]x": 2},  # the value in the way is noticed before the bad index
    ],
)
def test_lists_where_something_else_stands(flat: dict[str, int]) -> None:
    with pytest.raises(Unrenderable):
        nest(flat)


@pytest.mark.parametrize(
    "key", ["a[2000000000]", "a" + ".b" * MAX_DEPTH, "a" + "[0]" * MAX_DEPTH, f"a[{MAX_GAPS + 1}]"]
)
def test_keys_that_would_cost_too_much(key: str) -> None:
    with pytest.raises(Unrenderable, match="more than"):
        nest({key: 1})


@pytest.mark.timeout(10)
@pytest.mark.parametrize("key", ["[" + "0" * 300_000 + "x" + "]" * 30_000, "a" + "[x]" * 300_000])
def test_many_brackets_take_linear_time(key: str) -> None:
    assert nest({key: 1}) == {key: 1}


def test_gaps_are_counted_over_all_lists() -> None:
    with pytest.raises(Unrenderable):
        nest({f"l{n}[60000]": n for n in range(2)})


TREE = st.recursive(
    st.integers(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("abc-é [", min_size=1), inner, min_size=1, max_size=3)
    ),
)


def flatten(node: Node[int], key: str = "") -> dict[str, int]:
    if isinstance(node, dict):
        pairs = [(f"{key}.{name}" if key else name, inner) for name, inner in node.items()]
    elif isinstance(node, list):
        pairs = [(f"{key}[{index}]", inner) for index, inner in enumerate(node)]
    else:
        return {key: node} if node is not None else {}
    return {path: value for name, inner in pairs for path, value in flatten(inner, name).items()}


@given(st.dictionaries(st.text("abc-é [", min_size=1), TREE, min_size=1, max_size=3))
def test_nesting_undoes_flattening(tree: dict[str, Node[int]]) -> None:
    assert nest(flatten(tree)) == tree
