"""Whom a refresh is told: exactly those concerned, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push import Change, Moved, Refresh, State
from configserver.push.bus.destinations import covers, destinations_of, identity, told_by
from configserver.push.bus.matching import concerns
from configserver.query import Query

RANDOM = "3ea6bb0dc4005733784a345ca3add245"

INSTANCES = {
    "foo": f"foo:8080:{RANDOM}",
    "foo/dev": f"foo:dev:8080:{RANDOM}",
    "foo/dev,mysql": f"foo:dev,mysql:8080:{RANDOM}",
    "foo/prod": f"foo:prod:8080:{RANDOM}",
    "foo-dev": f"foo-dev:8080:{RANDOM}",
    "bar": f"bar:8080:{RANDOM}",
    "bar/dev": f"bar:dev:8080:{RANDOM}",
}
"""By name and profiles, what the bus ids of Boot applications look like."""

FOO = {"foo", "foo/dev", "foo/dev,mysql", "foo/prod"}


def change(name: str, profiles: str, version: str = "c1", label: str | None = None) -> Change:
    return Change(Query(name, profiles, label), None, State(version, "e"), None)


def refresh(*changes: Change, applications: tuple[str, ...] = ()) -> Refresh:
    moved = (Moved("https://git/x", "refs/heads/main", "c0", "c1"),)
    return Refresh(id="1", changes=changes, applications=applications, moved=moved)


def hit(found: Refresh, *, exact: bool) -> set[str]:
    destinations = destinations_of(found, exact=exact)
    return {
        name for name, bus_id in INSTANCES.items() if any(concerns(d, bus_id) for d in destinations)
    }


@pytest.mark.parametrize(
    ("changes", "destinations", "instances"),
    [
        ([("foo", "default")], ["foo:*:*", "foo:default:**"], {"foo"}),
        ([("foo", "dev")], ["foo:dev:**"], {"foo/dev", "foo/dev,mysql"}),
        ([("foo", "dev,mysql")], ["foo:dev,mysql:**"], {"foo/dev,mysql"}),
        ([("foo", "prod"), ("bar", "dev")], ["foo:prod:**", "bar:dev:**"], {"foo/prod", "bar/dev"}),
        ([("foo", "dev"), ("foo", "dev,mysql")], ["foo:dev:**"], {"foo/dev", "foo/dev,mysql"}),
        (
            [("foo,bar", "dev")],
            ["foo:dev:**", "bar:dev:**"],
            {"foo/dev", "foo/dev,mysql", "bar/dev"},
        ),
        ([("foo", f"p{n}") for n in range(9)], ["foo:**"], FOO),
        ([], [], set()),
    ],
)
def test_exactly_the_instances_with_the_profiles_concerned(
    changes: list[tuple[str, str]], destinations: list[str], instances: set[str]
) -> None:
    found = refresh(*(change(*one) for one in changes))
    assert list(destinations_of(found, exact=True)) == destinations
    assert hit(found, exact=True) == instances


@pytest.mark.parametrize(
    ("changes", "destinations", "instances"),
    [
        ([("foo", "default")], ["foo:**"], FOO),
        ([("foo", "dev"), ("foo", "prod")], ["foo:**"], FOO),
        ([("foo", "dev"), ("bar", "dev")], ["foo:**", "bar:**"], {*FOO, "bar", "bar/dev"}),
        ([("foo-dev", "default")], ["foo-dev:**"], {"foo-dev"}),
    ],
)
def test_all_instances_of_the_applications_concerned(
    changes: list[tuple[str, str]], destinations: list[str], instances: set[str]
) -> None:
    found = refresh(*(change(*one) for one in changes))
    assert list(destinations_of(found, exact=False)) == destinations
    assert hit(found, exact=False) == instances


def test_names_that_were_never_asked_for() -> None:
    found = refresh(change("foo", "dev"), applications=("foo-dev", "bar"))
    assert list(destinations_of(found, exact=True)) == ["foo:dev:**", "foo-dev:**", "bar:**"]


def test_everybody_covers_all_others() -> None:
    found = refresh(change("foo", "dev"), applications=("bar", "*"))
    assert list(destinations_of(found, exact=True)) == ["*:**"]


def test_a_label_makes_no_difference_for_an_instance_has_it_nowhere() -> None:
    found = refresh(change("foo", "dev"), change("foo", "dev", label="release"))
    assert list(destinations_of(found, exact=True)) == ["foo:dev:**"]


def test_too_many_become_everybody() -> None:
    found = refresh(*(change(f"app{n}", "default") for n in range(1001)))
    assert list(destinations_of(found, exact=False)) == ["*:**"]


def test_a_name_is_never_a_pattern_of_another_length() -> None:
    found = refresh(change("a{b}", "dev"))
    assert list(destinations_of(found, exact=False)) == ["a?b?:**"]


NAME = st.sampled_from(["foo", "bar", "foo-dev"])
PROFILES = st.sampled_from(["default", "dev", "dev,mysql", "prod"])


@given(st.lists(st.tuples(NAME, PROFILES), max_size=12), st.booleans())
def test_nobody_concerned_is_missed(asked: list[tuple[str, str]], exact: bool) -> None:
    found = refresh(*(change(*one) for one in dict.fromkeys(asked)))
    concerned = {
        f"{name}/{profiles}".removesuffix("/default") for name, profiles in asked
    } & INSTANCES.keys()
    assert concerned <= hit(found, exact=exact)
    planned = list(destinations_of(found, exact=exact))
    assert not any(covers(a, b) for a in planned for b in planned if a != b)


def test_an_event_for_the_same_change_has_the_same_id_on_each_replica() -> None:
    mine = destinations_of(refresh(change("foo", "dev")), exact=False)
    theirs = destinations_of(refresh(change("foo", "default"), change("foo", "dev")), exact=False)
    event = identity("foo:**", theirs["foo:**"])
    assert event is not None
    assert list(told_by("foo:**", event, mine)) == ["foo:**"]


def test_an_event_that_covers_more_tells_too() -> None:
    mine = destinations_of(refresh(change("foo", "dev"), change("bar", "dev")), exact=True)
    event = identity("foo:**", frozenset({"c1"}))
    assert event is not None
    assert list(told_by("foo:**", event, mine)) == ["foo:dev:**"]


@pytest.mark.parametrize(
    ("destination", "version"), [("foo:**", "c0"), ("bar:**", "c1"), ("foo:prod:**", "c1")]
)
def test_an_event_for_another_commit_or_for_others_tells_nothing(
    destination: str, version: str
) -> None:
    mine = destinations_of(refresh(change("foo", "dev")), exact=True)
    event = identity(destination, frozenset({version}))
    assert event is not None
    assert not list(told_by(destination, event, mine))
