"""Who obeys an event: destinations against bus ids, as recorded, and against a naive matcher."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.bus.destinations import covers, destination_of
from configserver.push.bus.matching import concerns, matches

CLIENT = "foo:dev,mysql:8080:3ea6bb0dc4005733784a345ca3add245"
PLAIN = "foo:8080:3ea6bb0dc4005733784a345ca3add245"


@pytest.mark.parametrize(
    "destination",
    ["**", "*:**", "f*:**", "foo:**", "foo:dev:**", "foo:mysql:**", "foo:dev,mysql:**", "", " "],
)
def test_destinations_that_an_instance_obeys(destination: str) -> None:
    assert concerns(destination, CLIENT)


@pytest.mark.parametrize(
    "destination", ["foo", "foo:dev", "foo:8080:**", "bar:**", "FOO:**", "foo-dev:**"]
)
def test_destinations_that_an_instance_does_not_obey(destination: str) -> None:
    assert not concerns(destination, CLIENT)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("foo:**", "foo", True),
        ("foo:*:*", PLAIN, True),
        ("foo:*:*", CLIENT, False),
        ("**:8080:**", PLAIN, True),
        ("**:8080:**", CLIENT, True),
        ("f?o:**", PLAIN, True),
        ("f?:**", PLAIN, False),
        ("foo:**:", PLAIN, True),
        ("foo:", "foo", False),
        ("foo", "foo:", False),
        ("foo:*", "foo:", True),
        ("**:foo:*", "foo:", False),
        ("**:*:", "foo:a:", True),
        (":foo", "foo", False),
        (":foo:**", ":foo:1", True),
        ("foo::8080:**", PLAIN, True),
        ("{name}:**", PLAIN, True),
        ("{na:**", PLAIN, False),
        ("", "", True),
        ("", "foo", False),
        ("***:**", PLAIN, True),
    ],
)
def test_ant_patterns(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) == expected


def naive_parts(pattern: list[str], text: list[str]) -> bool:
    """Match lists of parts by the definition."""
    if not pattern:
        return not text
    first, *rest = pattern
    if first == "**":
        return any(naive_parts(rest, text[n:]) for n in range(len(text) + 1))
    return bool(text) and naive_part(first, text[0]) and naive_parts(rest, text[1:])


def naive_part(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "*":
        return any(naive_part(rest, text[n:]) for n in range(len(text) + 1))
    return bool(text) and first in ("?", text[0]) and naive_part(rest, text[1:])


PART = st.text("ab?*", min_size=1, max_size=4)
PATTERN = st.lists(PART | st.just("**"), min_size=1, max_size=5)
TEXT = st.lists(st.text("ab,", min_size=1, max_size=4), min_size=1, max_size=5)


@given(PATTERN, TEXT)
def test_matches_what_a_naive_matcher_matches(pattern: list[str], text: list[str]) -> None:
    assert matches(":".join(pattern), ":".join(text)) == naive_parts(pattern, text)


@given(PATTERN, PATTERN, TEXT)
def test_whoever_obeys_a_covered_destination_obeys_the_covering_one(
    one: list[str], other: list[str], text: list[str]
) -> None:
    """Only destinations that are not patterns themselves are said to be covered."""
    first, second, bus_id = ":".join(one), ":".join((*other, "**")), ":".join(text)
    literal = second.translate(str.maketrans("", "", "*?")).strip(":") or "a"
    second = f"{literal}:**"
    if covers(first, second) and concerns(second, bus_id):
        assert concerns(first, bus_id)


def test_a_hostile_pattern_takes_no_time() -> None:
    began = time.process_time()
    assert not concerns(":".join(["**", "a"] * 2000), ":".join(["a"] * 500 + ["b"]))
    assert not concerns("*a" * 4000, "a" * 500 + "b")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("**", "**"),
        ("foo", "foo:**"),
        ("*", "*:**"),
        ("foo:9000", "foo:9000:**"),
        ("foo:**", "foo:**"),
        ("one:two:8888", "one:two:8888"),
        ("", ":**"),
    ],
)
def test_the_destination_that_a_text_means(text: str, destination: str) -> None:
    assert destination_of(text) == destination
