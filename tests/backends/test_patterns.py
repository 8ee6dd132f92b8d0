"""Which queries a nested repository's patterns accept."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configserver.backends.patterns import Patterns, matches
from configserver.query import Query


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a/b,c", True),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a", "a", True),
        ("*a", "ab", False),
        ("*a*", "xay", True),
        ("a*b", "ab", True),
        ("a*b", "a/x,b", True),
        ("a*a", "a", False),
        ("ab*ba", "aba", False),
        ("a**b", "ab", True),
        ("**", "x", True),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "acb", False),
        ("a?c", "abc", False),
        ("[ab]", "a", False),
        ("A/dev", "a/dev", False),
        ("*\n*", "a\nb", True),
    ],
)
def test_a_star_stands_for_any_run(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(st.text("ab/*", max_size=8), st.text("ab/,*", max_size=12))
@example("*a*a*b", "aab")
def test_matching_agrees_with_a_regular_expression(pattern: str, text: str) -> None:
    written = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert matches(pattern, text) is bool(re.fullmatch(written, text, re.DOTALL))


def test_a_hostile_pattern_takes_no_time() -> None:
    assert not matches("*a" * 2000 + "b", "a" * 8000)


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        (["simple"], ("simple/*", "simple", "simple,*")),
        (["*/staging"], ("*/staging", "*/staging,*")),
        (["local*"], ("local*/*", "local*")),
        (
            ["special*/dev*", "*special*/dev*"],
            ("special*/dev*", "*special*/dev*"),
        ),
        (["a", "b/x", "a"], ("a/*", "a", "b/x", "a,*", "b/x,*")),
        ([], ()),
    ],
)
def test_patterns_are_expanded(written: list[str], expanded: tuple[str, ...]) -> None:
    assert Patterns.of(written).all == expanded


@pytest.mark.parametrize(
    ("written", "name", "profiles", "some", "whole"),
    [
        ("simple", "simple", "dev", True, True),
        ("simple", "simple", "a,b", True, True),
        ("simple", "simplex", "dev", False, False),
        ("simple", "foo/simple", "dev", False, False),
        ("*/staging", "foo", "staging", True, True),
        ("*/staging", "foo", "staging,cloud", True, True),
        ("*/staging", "foo", "cloud,staging", True, False),
        ("*/staging", "foo", "Staging", False, False),
        ("*/staging", "foo", "stagingx", False, False),
        ("special*/dev*", "special", "dev,prod", True, True),
        ("special*/dev*", "special", "prod,dev", True, False),
        ("*special*/dev*", "org/special", "dev", True, True),
        ("local*", "local,foo", "dev", True, True),
        ("local*", "foo,local", "dev", False, False),
        ("foo/dev,x", "foo", "dev,x", False, True),
    ],
)
def test_profiles_are_looked_at_one_by_one_and_together(
    written: str, name: str, profiles: str, *, some: bool, whole: bool
) -> None:
    patterns, query = Patterns.of([written]), Query(name, profiles)
    assert patterns.match_some_profile(query) is some
    assert patterns.match_all_profiles(query) is whole


@given(
    st.lists(st.text("ab*/,", min_size=1, max_size=5), max_size=4),
    st.text("ab", min_size=1, max_size=3),
    st.text("ab", min_size=1, max_size=3),
)
def test_one_profile_alone_is_accepted_in_both_ways_or_in_none(
    written: list[str], name: str, profile: str
) -> None:
    patterns, query = Patterns.of(written), Query(name, profile)
    assert patterns.match_some_profile(query) is patterns.match_all_profiles(query)
    assert all(pattern in patterns.all for pattern in written)
