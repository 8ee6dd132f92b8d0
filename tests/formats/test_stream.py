"""Ordinary YAML is flattened as it comes, to the very same as through a tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import CLoader, YAMLError

from configserver.errors import InvalidFile
from configserver.formats import DEFAULT, Limits, parse
from configserver.formats.compose import Composer
from configserver.formats.flatten import Flattener
from configserver.formats.places import LINE, Places
from configserver.formats.stream import NeedsTree, Stream
from configserver.model import Document, Position


def streamed(text: str) -> tuple[Document, ...]:
    return Stream(CLoader(text).get_event, text, DEFAULT).documents()


def through_a_tree(text: str) -> tuple[Document, ...]:
    flattener = Flattener(DEFAULT)
    roots = Composer(CLoader(text).get_event, text, DEFAULT).documents()
    found = (flattener.document(root) for root in roots)
    return tuple(document for document in found if document is not None)


KEYS = st.sampled_from(["a", "b.c", "[d]", '"[e.f]"', "' '", '"\\u3000"', "'1'", '""', "é"])
SCALARS = st.sampled_from(
    ["x", "x y", "1", "007", "1.50", "1e3", "1:30", "on", "~", "", "''", '"\\n"', "null", "a?b"]
)
FLOW = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(KEYS, inner), unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)
BLOCKS = st.lists(st.tuples(KEYS, FLOW), min_size=1, max_size=5).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)
ITEMS = st.lists(FLOW, min_size=1, max_size=4).map(
    lambda items: "".join(f"- {item}\n" for item in items)
)
NESTED = st.tuples(KEYS, BLOCKS | ITEMS).map(
    lambda pair: f"{pair[0]}:\n" + "".join(f"  {line}\n" for line in pair[1].splitlines())
)
FILES = st.lists(BLOCKS | ITEMS | NESTED | FLOW | st.just(""), min_size=1, max_size=3).map(
    "\n---\n".join
)


@given(FILES)
def test_both_ways_give_the_same(text: str) -> None:
    try:
        found = streamed(text)
    except (NeedsTree, InvalidFile, YAMLError):
        return
    expected = through_a_tree(text)
    assert [list(each.properties.items()) for each in found] == [
        list(each.properties.items()) for each in expected
    ]
    assert [each.origins for each in found] == [each.origins for each in expected]


@pytest.mark.parametrize(
    "text",
    ["a: 1", "a: {b: [x, y: z, {}]}\n", "- a\n- b: 1", "---\n---\na: 1\n---\n''", "a:\n b:", "[]"],
)
def test_what_is_ordinary(text: str) -> None:
    assert streamed(text) == through_a_tree(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a: &a 1", "&a {b: 1}", "a: !!str 1", "!!map {}", "1: a", "<<: {a: 1}", "? [a]\n: 1"),
        *("~: a", "a: ._", "[a?b]", "text", "? &a b\n: *a", "[" * 51 + "]" * 51),
    ],
)
def test_what_needs_a_tree(text: str) -> None:
    with pytest.raises(NeedsTree):
        streamed(text)


SMALL = Limits(max_nodes=600, max_tree_nodes=100, max_keys=200, max_text=3000, max_steps=300)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.yml", "[" + "{}," * 10_000, "more than 600 nodes"),
        ("x.yml", "[" + "a," * 10_000, "more than 200 keys"),
        (
            "x.yml",
            "a" * 100 + ":\n" + "".join(f" k{n}: 1\n" for n in range(50)),
            "more than 3000 characters",
        ),
        ("x.yml", "a: &a 1\n" + "b: [" + "*a," * 10_000, "more than 100 nodes"),
        ("x.yml", "".join(f"k{n}: 1\n" for n in range(90)) + "1: x\n", "keys that are no text"),
        ("x.yml", "".join(f"%TAG !a{n}! b\n" for n in range(101)), "TAG directives"),
        ("x.properties", "a=" + "\\\n" * 10_000, "too many escapes"),
        ("x.properties", "#---\n" * 10_000, "too many escapes"),
        ("x.properties", "a" * 100 + "[]=" + "x," * 100, "more than 3000 characters"),
    ],
    ids=lambda value: value[:20],
)
def test_too_much_is_refused_early(name: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidFile, match=reason):
        parse(name, text.encode(), SMALL)


def test_many_comments_are_no_harm() -> None:
    text = "# c\n" * 10_000 + "a=1\n"
    assert parse("x.properties", text.encode(), SMALL)[0].origins == {"a": Position(10_001, 3)}


def test_places_are_a_mapping_of_positions() -> None:
    places = Places({"a": 3 << LINE | 4, "b": 5 << LINE})
    assert places == {"a": Position(3, 4), "b": Position(5, 0)}
    assert places.get("c") is None
    assert "a" in places
    assert list(places) == ["a", "b"]
