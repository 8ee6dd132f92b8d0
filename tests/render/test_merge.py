"""Coalescing sources, highest precedence first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.model import PropertySource, Value
from configserver.render.merge import merge


def sources(*layers: dict[str, Value]) -> list[PropertySource]:
    return [PropertySource(str(number), layer) for number, layer in enumerate(layers)]


@pytest.mark.parametrize(
    ("layers", "merged"),
    [
        pytest.param(
            [{"S": 3, "A": "Z"}, {"A": 1, "S": 2, "Y": 0}],
            [("A", "Z"), ("S", 3), ("Y", 0)],
            id="strongest value, weakest place",
        ),
        pytest.param(
            [{"l[0]": "z"}, {"l[0]": "a", "l[1]": "b", "p": 1}],
            [("p", 1), ("l[0]", "z")],
            id="a list is replaced as a whole, and follows plain keys",
        ),
        pytest.param(
            [{"m[x]": 1}, {"m[y].z": 2}], [("m[x]", 1)], id="bracketed maps are groups as well"
        ),
        pytest.param(
            [{"b[0]": 1, "a[0]": 2}, {"a[0]": 3}],
            [("a[0]", 2), ("b[0]", 1)],
            id="groups in the order in which the weakest named them",
        ),
        pytest.param([{"e": ""}, {"e": "x"}], [("e", "")], id="an empty value overrides too"),
        pytest.param(
            [{"spring.profiles": "x", "spring.profiles.active": "y"}],
            [("spring.profiles.active", "y")],
            id="spring.profiles is left out",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_merge(layers: list[dict[str, Value]], merged: list[tuple[str, Value]]) -> None:
    assert list(merge(sources(*layers)).items()) == merged


LAYER = st.dictionaries(
    st.sampled_from(["a", "b", "l[0]", "l[1]", "m[0].x", "a.b"]), st.integers(0, 9)
)


@given(LAYER, LAYER)
def test_the_strongest_source_is_never_hidden(strong: dict[str, int], weak: dict[str, int]) -> None:
    merged = merge(sources({**strong}, {**weak}))
    assert {**merged, **strong} == merged


@given(LAYER)
def test_merging_a_source_with_itself_changes_nothing(layer: dict[str, int]) -> None:
    assert merge(sources({**layer}, {**layer})) == layer
