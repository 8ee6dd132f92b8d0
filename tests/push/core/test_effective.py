"""What a client gets in the end, as hashes: equal where its JSON is."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.model import Environment, PropertySource, Value
from configserver.push.comparison.effective import ABSENT, changed
from configserver.push.comparison.hashing import Hashing, effective


def environment(*sources: Mapping[str, Value]) -> Environment:
    named = (PropertySource(f"s{number}", source) for number, source in enumerate(sources))
    return Environment("shop", "dev", None, "c0ffee", "", tuple(named))


def winning(sources: Iterable[PropertySource]) -> Mapping[str, Value]:
    """Return the values that win, the strongest source standing first."""
    values: dict[str, Value] = {}
    for source in sources:
        for key, value in source.properties.items():
            values.setdefault(key, value)
    return values


VALUES = st.one_of(
    st.text(max_size=5),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=4),
    st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC)),
)
MAPS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, max_size=6)

SAME: tuple[tuple[Value, Value, bool], ...] = (
    (1, "1", False),
    (1, True, False),
    (1, 1.0, False),
    (True, "true", False),
    (0.0, -0.0, False),
    (float("nan"), "NaN", True),
    (float("inf"), "Infinity", True),
    (b"abc", "YWJj", True),
    (datetime(2020, 1, 2, tzinfo=UTC), "2020-01-02T00:00:00.000Z", True),
    ("\ud800", "\ud800", True),
    ("\ud800", "\ud801", False),
)


@pytest.mark.parametrize(("one", "other", "same"), SAME)
def test_values_are_the_same_where_their_json_is(one: Value, other: Value, same: bool) -> None:
    """Clients read JSON, in which a number is no text, but a date is."""
    before, after = effective(environment({"k": one})), effective(environment({"k": other}))
    assert (before.etag == after.etag) is same
    assert changed(before, after) == (() if same else ("k",))


@given(st.lists(MAPS, max_size=3), st.lists(MAPS, max_size=3))
def test_changed_keys_are_those_whose_winning_value_differs(
    one: list[dict[str, Value]], other: list[dict[str, Value]]
) -> None:
    """The tag and the keys agree, and tell of the values that win only."""
    first, second = environment(*one), environment(*other)
    before, after = effective(first), effective(second)
    old, new = winning(first.sources), winning(second.sources)
    keys = changed(before, after)
    assert keys is not None
    assert list(keys) == sorted(keys)
    assert bool(keys) == (before.etag != after.etag)
    assert set(keys) >= old.keys() ^ new.keys()
    assert set(keys) <= {
        key for key in old.keys() | new.keys() if repr(old.get(key)) != repr(new.get(key))
    }
    assert changed(after, before) == keys


@given(MAPS, MAPS)
def test_neither_order_nor_layers_matter(strong: dict[str, Value], weak: dict[str, Value]) -> None:
    """Where a value comes from is not what a client computes with."""
    apart = effective(environment(strong, weak))
    assert effective(environment({**weak, **strong})).etag == apart.etag
    assert effective(environment(dict(reversed({**weak, **strong}.items())))).etag == apart.etag


def test_the_tag_is_the_same_in_every_process() -> None:
    """Replicas, and a server that was restarted, agree; hashes of single values are nobody's."""
    program = (
        "from configserver.model import *;"
        "from configserver.push.comparison.hashing import Hashing, effective;"
        "e = effective(Environment('a', 'b', None, None, '', "
        "(PropertySource('s', {'k': 'v', 'n': 1, 'f': 1.5}),)));"
        "print(e.etag, e.hashes.hex())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    (tag, hashes), (other_tag, other_hashes) = (run.stdout.split() for run in runs)
    assert tag == other_tag
    assert hashes != other_hashes


def test_what_is_forgotten_and_what_is_absent() -> None:
    """Without keys nobody knows what changed; a 404 is not an empty answer."""
    some, none = effective(environment({"k": 1})), effective(environment())
    assert changed(some.forgetful(), none) is None
    assert changed(some, ABSENT) == ("k",)
    assert ABSENT.etag != none.etag


def files(profiles: str, **values: Mapping[str, Value]) -> Environment:
    """Return an environment of files, the strongest first; `_` stands for `-` in their names."""
    named = (
        PropertySource(name, source, path=f"config/{name.replace('_', '-')}.yml")
        for name, source in values.items()
    )
    return Environment("shop", profiles, None, "c0ffee", "", tuple(named))


ORDERS = (
    # A profile's file of all applications: the server ranks it below the application's own, a
    # Boot client above it. Either may be what an instance goes by.
    ("dev", {"shop": {"k": 1}, "application_dev": {"k": 2}}, "application_dev", True),
    ("dev", {"shop": {"k": 1}, "application_dev": {"k": 2}}, "shop", True),
    ("default", {"shop": {"k": 1}, "application_default": {"k": 2}}, "application_default", False),
    ("dev", {"shop": {"k": 1}, "application": {"k": 2}}, "application", False),
    ("dev", {"shop_dev": {"k": 1}, "application_dev": {"k": 2}}, "application_dev", False),
    ("dev", {"shop_dev": {"k": 1}, "shop": {"k": 2}, "application": {"k": 3}}, "shop", False),
    (
        "dev",
        {"shop": {"k": 1}, "application": {"k": 2, "spring.config.activate.on-profile": "dev"}},
        "application",
        True,
    ),
)


@pytest.mark.parametrize(("profiles", "sources", "edited", "concerned"), ORDERS)
def test_a_value_counts_that_wins_for_the_server_or_for_a_boot_client(
    profiles: str, sources: dict[str, dict[str, Value]], edited: str, concerned: bool
) -> None:
    after = {**sources, edited: {**sources[edited], "k": 9}}
    found = changed(effective(files(profiles, **sources)), effective(files(profiles, **after)))
    assert found == (("k",) if concerned else ())


@given(
    st.lists(MAPS, min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 3), max_size=3),
            st.sampled_from(("shop", "application-dev")),
            st.sampled_from(("dev", "default")),
        ),
        max_size=8,
    ),
    st.sampled_from((1, 6, 1000)),
)
def test_answers_hashed_side_by_side_come_to_what_each_comes_to_alone(
    maps: list[dict[str, Value]],
    answers: list[tuple[list[int], str, str]],
    max_keys: int,
) -> None:
    """What they have in common is hashed once, or again if it was too much to be held."""
    paths = ("application.yml", "application-dev.yml", "shop.yml", None)
    hashing = Hashing(max_keys)
    for places, name, profiles in answers:
        sources = tuple(
            PropertySource(f"s{place}", maps[place % len(maps)], path=paths[place])
            for place in places
        )
        answer = Environment(name, profiles, None, "c0ffee", "", sources)
        made, known = hashing.made, hashing.knows(answer)
        assert hashing.effective(answer) == effective(answer)
        assert hashing.made == made + (not known)
