"""Several backends as one."""

import asyncio
import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.backends import Backend, Everything, Seen
from configserver.backends.composite import CompositeRouter, Member
from configserver.errors import (
    BackendFailure,
    ConfigError,
    InvalidFile,
    NoSuchFile,
    NoSuchLabel,
    NoSuchRepository,
    Unavailable,
)
from configserver.model import AS_ASKED, Environment, Provenance
from configserver.query import Query
from tests.backends.tenancy import Hall

QUERY = Query("foo", "dev")


def hall(name: str, *, files: tuple[str, ...] = (), **labels: ConfigError | dict[str, int]) -> Hall:
    known = {"main": {f"{name}.yml": 1}, **labels}
    return Hall(name, known, {path: name.encode() for path in files})


def route(
    *members: Hall, query: Query = QUERY, fail_on_error: bool = True, reverse_files: bool = False
) -> Backend:
    router = CompositeRouter(
        [Member(member.name, Everything(member)) for member in members],
        fail_on_error=fail_on_error,
        reverse_files=reverse_files,
    )
    return router.route(query)


def names(found: Environment) -> list[str]:
    return [source.name for source in found.sources]


async def test_sources_come_in_the_order_of_the_members() -> None:
    label = Query("foo", "dev", "v1")
    place = route(hall("a", v1={"x": 1, "y": 2}), hall("b", v1={}), hall("c", v1={"z": 3}))
    found = await place.find(label)
    assert names(found) == ["a/x", "a/y", "c/z"]
    assert (found.version, found.state, found.label) == (None, None, "v1")
    assert found.provenance is AS_ASKED


async def test_one_member_alone_answers_as_without_a_composite() -> None:
    one = hall("a")
    assert route(one) is one
    assert route(one, fail_on_error=False) is one


@pytest.mark.parametrize(
    "error",
    [
        NoSuchLabel("no such label"),
        InvalidFile("a colon is missing"),
        Unavailable("too old"),
        BackendFailure("no rights"),
    ],
)
async def test_one_that_fails_fails_all_unless_it_may_be_left_out(error: ConfigError) -> None:
    members = hall("a"), hall("b", main=error), hall("c")
    with pytest.raises(type(error)):
        await route(*members).find(QUERY)
    found = await route(*members, fail_on_error=False).find(QUERY)
    assert names(found) == ["a/a.yml", "c/c.yml"]
    assert (found.version, found.state) == (None, None)
    assert found.provenance.skipped == ("b",)


async def test_the_first_failure_in_order_is_the_one_that_is_told() -> None:
    members = hall("a"), hall("b", main=InvalidFile("x")), hall("c", main=BackendFailure("y"))
    with pytest.raises(InvalidFile):
        await route(*members).find(QUERY)


async def test_nothing_is_found_under_a_label_that_none_of_them_has() -> None:
    """As in the original, which answers 200 without sources."""
    query = Query("foo", "dev", "nope")
    found = await route(hall("a"), hall("b"), query=query, fail_on_error=False).find(query)
    assert (names(found), found.label, found.version) == ([], "nope", None)
    assert found.provenance.skipped == ("a", "b")


async def test_if_all_fail_a_failure_is_answered_rather_than_nothing() -> None:
    members = hall("a", main=NoSuchLabel("x")), hall("b", main=Unavailable("too old"))
    with pytest.raises(Unavailable, match="too old"):
        await route(*members, fail_on_error=False).find(QUERY)


async def test_a_crash_is_no_failure_to_be_left_out() -> None:
    class Broken(Hall):
        async def find(self, query: Query) -> Environment:
            raise RuntimeError(query.name)

    with pytest.raises(RuntimeError):
        await route(hall("a"), Broken("b", {}), fail_on_error=False).find(QUERY)


async def test_the_generation_is_that_of_all_members() -> None:
    one, two = hall("a"), hall("b")
    place = route(one, two)
    assert place.now() == await place.sync() == (one.generation, two.generation)
    for member in (one, two):
        before = place.now()
        member.generation = object()
        assert place.now() != before
    one.known = False
    assert place.now() is None


async def test_a_member_that_cannot_be_reached_does_not_keep_answers_from_being_kept() -> None:
    one, two = hall("a"), hall("b")
    two.trouble = NoSuchRepository("never")
    with pytest.raises(NoSuchRepository):
        await route(one, two).sync()
    place = route(one, two, fail_on_error=False)
    assert place.now() is None
    generation = await place.sync()
    assert await place.sync() == generation
    one.generation = object()
    changed = await place.sync()
    assert changed != generation
    two.trouble = None
    assert await place.sync() != changed
    one.trouble = two.trouble = Unavailable("down")
    with pytest.raises(Unavailable):
        await place.sync()


async def test_members_are_asked_at_the_same_time() -> None:
    gate = asyncio.Barrier(3)

    class Meeting(Hall):
        async def sync(self) -> object:
            await gate.wait()
            return self.generation

    members = [Meeting(name, {"main": {}}) for name in "abc"]
    place = route(*members)
    async with asyncio.timeout(20):
        await place.sync()
        await place.find(QUERY)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ((Seen(), Seen(3.5)), Seen(3.5)),
        ((Seen(1, stale=True), Seen(3.5)), Seen(3.5, stale=True)),
        ((Seen(math.inf), Seen(3.5)), Seen(math.inf)),
    ],
)
def test_a_composite_is_as_old_as_the_oldest(ages: tuple[Seen, Seen], expected: Seen) -> None:
    members = [hall(name) for name in "ab"]
    for member, age in zip(members, ages, strict=True):
        member.fresh = age
    assert route(*members).seen() == expected


@pytest.mark.parametrize(
    ("path", "reverse_files", "content"),
    [
        ("t", False, b"a"),
        ("t", True, b"c"),
        ("b", False, b"b"),
        ("b", True, b"b"),
        ("none", False, None),
    ],
)
@pytest.mark.parametrize("fail_on_error", [False, True])
async def test_a_file_is_that_of_the_first_member_that_has_it(
    path: str, content: bytes | None, *, reverse_files: bool, fail_on_error: bool
) -> None:
    members = hall("a", files=("t",)), hall("b", files=("b",)), hall("c", files=("t", "b2"))
    place = route(*members, reverse_files=reverse_files, fail_on_error=fail_on_error)
    if content is None:
        with pytest.raises(NoSuchFile):
            await place.file(QUERY, path)
    else:
        assert (await place.file(QUERY, path)).content == content


@pytest.mark.parametrize("fail_on_error", [False, True])
async def test_no_file_is_served_under_a_label_that_one_member_lacks(
    *, fail_on_error: bool
) -> None:
    members = hall("a", files=("t",), v1={}), hall("b", files=("t",))
    with pytest.raises(NoSuchLabel):
        await route(*members, fail_on_error=fail_on_error).file(Query("foo", "dev", "v1"), "t")


async def test_files_of_those_that_are_left_can_be_had() -> None:
    members = hall("a", files=("t",)), hall("b", files=("t",))
    members[0].trouble = Unavailable("down")
    with pytest.raises(Unavailable):
        await route(*members).file(QUERY, "t")
    place = route(*members, fail_on_error=False)
    assert (await place.file(QUERY, "t")).content == b"b"
    with pytest.raises(NoSuchFile):
        await place.file(QUERY, "u")
    members[1].trouble = Unavailable("down")
    with pytest.raises(Unavailable):
        await place.file(QUERY, "t")


async def test_a_member_without_a_backend_for_the_query_is_one_that_fails() -> None:
    class Nowhere:
        def route(self, query: Query) -> Backend:
            raise NoSuchRepository(f"none for {query.name}", repository="https://h/foo")

    members = [Member("https://h/{application}", Nowhere()), Member("b", Everything(hall("b")))]
    with pytest.raises(NoSuchRepository):
        CompositeRouter(members).route(QUERY)
    place = CompositeRouter(members, fail_on_error=False).route(QUERY)
    generation = await place.sync()
    assert place.now() == generation
    found = await place.find(QUERY)
    assert (names(found), found.provenance.skipped) == (["b/b.yml"], ("https://h/foo",))
    assert place.seen() == Seen()


async def test_trouble_is_logged_once_until_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    one, two = hall("a"), hall("b")
    router = CompositeRouter(
        [Member(member.name, Everything(member)) for member in (one, two)], fail_on_error=False
    )
    caplog.set_level(logging.INFO)

    async def said(trouble: ConfigError | None) -> list[tuple[str, str]]:
        caplog.clear()
        two.trouble = trouble
        for _ in range(3):
            await router.route(QUERY).find(QUERY)
        return [
            (record.getMessage(), getattr(record, "fields", {}).get("reason", ""))
            for record in caplog.records
        ]

    assert await said(None) == []
    assert await said(Unavailable("down")) == [("composite member left out", "down")]
    assert await said(Unavailable("down")) == []
    assert await said(Unavailable("old")) == [("composite member left out", "old")]
    assert await said(None) == [("composite member is back", "")]
    assert await said(NoSuchLabel("x")) == []


async def test_what_stood_in_within_members_is_told() -> None:
    class Told(Hall):
        async def find(self, query: Query) -> Environment:
            found = await super().find(query)
            told = Provenance(label="master", repository=self.name, skipped=("x", self.name))
            return Environment(
                found.name, found.profiles, found.label, None, None, found.sources, told
            )

    found = await route(Told("a", {"main": {}}), Told("b", {"main": {}}), hall("c")).find(QUERY)
    assert found.provenance == Provenance("master", "a,b", ("x", "a", "b"))


@given(st.lists(st.booleans(), min_size=2, max_size=5))
def test_what_is_left_keeps_its_order(well: list[bool]) -> None:
    members = [
        hall(str(number)) if good else hall(str(number), main=NoSuchLabel("x"))
        for number, good in enumerate(well)
    ]
    found = asyncio.run(route(*members, fail_on_error=False).find(QUERY))
    kept = [str(number) for number, good in enumerate(well) if good]
    assert names(found) == [f"{name}/{name}.yml" for name in kept]
    assert len(found.provenance.skipped) == len(well) - len(kept)
