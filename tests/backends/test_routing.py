"""Which repository answers, and what happens if it cannot."""

import math
from collections.abc import AsyncIterator

import pytest

from configserver.backends import Backend, Seen
from configserver.backends.patterns import Patterns
from configserver.backends.registry import Registry
from configserver.backends.routing import Fixed, GitRouter, Place, Repository, Templated
from configserver.backends.templates import Template
from configserver.errors import (
    BackendFailure,
    ConfigError,
    InvalidFile,
    NoSuchFile,
    NoSuchLabel,
    NoSuchRepository,
    Unavailable,
)
from configserver.model import Environment
from configserver.query import Query
from tests.backends.tenancy import Hall, World

HOST = "https://u:secret@h"
SHOWN = "https://u:******@h"


def hall(name: str, **labels: ConfigError | dict[str, int]) -> Hall:
    return Hall(name, {"main": {f"{name}.yml": 1}, **labels}, {"t.txt": name.encode()})


def fixed(backend: Hall, *patterns: str, label: str = "main") -> Repository:
    return Repository(
        Fixed(backend, backend.name),
        key=f"key-{backend.name}" if patterns else "",
        patterns=Patterns.of(patterns),
        default_label=label,
        workdir=f"/w/{backend.name}",
    )


def names(found: Environment) -> list[str]:
    return [source.name for source in found.sources]


async def answer(place: Backend, query: Query) -> Environment:
    """Ask as the web does: for the generation, then for the environment."""
    if place.now() is None:
        await place.sync()
    return await place.find(query)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def registry(world: World) -> AsyncIterator[Registry]:
    async with Registry(
        world.make, max_count=10, max_bytes=1000, absent_seconds=60, max_pending=5
    ) as opened:
        yield opened


def templated(registry: Registry, path: str, *patterns: str, label: str = "main") -> Repository:
    place: Place = Templated(Template.parse(f"{HOST}/{path}", label), registry, "t")
    return Repository(
        place, key="team" if patterns else "", patterns=Patterns.of(patterns), default_label=label
    )


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        (Query("a", "dev"), "one"),
        (Query("a", "x,staging"), "one"),
        (Query("b", "staging"), "two"),
        (Query("b", "staging,x"), "two"),
        (Query("b", "x,staging"), "default"),
        (Query("b", "dev"), "default"),
    ],
)
@pytest.mark.parametrize("fall_through", [False, True])
async def test_the_first_that_accepts_a_query_answers(
    query: Query, answers: str, *, fall_through: bool
) -> None:
    nested = [fixed(hall("one"), "a"), fixed(hall("two"), "*/staging")]
    router = GitRouter(fixed(hall("default")), nested, fall_through=fall_through)
    found = await answer(router.route(query), query)
    assert names(found) == [f"{answers}/{answers}.yml"]
    assert (found.label, found.provenance.repository) == (None, None)


@pytest.mark.parametrize(
    ("trouble", "error", "status", "reason"),
    [
        (
            NoSuchRepository("it was never reached", hint="do"),
            Unavailable,
            503,
            "the repository 'key-one' cannot be served: it was never reached",
        ),
        (
            Unavailable("too old", hint="do"),
            Unavailable,
            503,
            "the repository 'key-one' cannot be served: too old",
        ),
        (BackendFailure("no rights", hint="do"), BackendFailure, 500, "no rights"),
    ],
)
async def test_a_repository_that_cannot_be_had_fails_its_requests(
    trouble: ConfigError, error: type[ConfigError], status: int, reason: str
) -> None:
    one = hall("one")
    one.trouble = trouble
    router = GitRouter(fixed(hall("default")), [fixed(one, "a"), fixed(hall("two"), "*")])
    place = router.route(Query("a", "dev"))
    assert place.now() is None
    for asked in (
        place.sync(),
        place.find(Query("a", "dev")),
        place.file(Query("a", "dev"), "t.txt"),
    ):
        with pytest.raises(error) as caught:
            await asked
        assert (caught.value.status, caught.value.reason) == (status, reason)
        assert caught.value.hint == "do"
        assert status != 503 or caught.value.repository == "one"
    one.trouble = None
    assert names(await answer(place, Query("a", "dev"))) == ["one/one.yml"]


@pytest.mark.parametrize(
    ("label", "error"), [("nope", NoSuchLabel), ("broken", InvalidFile), ("main,nope", NoSuchLabel)]
)
async def test_what_a_repository_lacks_is_the_answer(label: str, error: type[ConfigError]) -> None:
    one = hall("one", broken=InvalidFile("a colon is missing"))
    router = GitRouter(
        fixed(hall("default", nope={"x.yml": 1}, broken={"x.yml": 1})), [fixed(one, "a")]
    )
    query = Query("a", "dev", label)
    with pytest.raises(error):
        await router.route(query).find(query)


async def test_the_default_repository_fails_as_it_says() -> None:
    default = hall("default")
    default.trouble = NoSuchRepository("it was never reached")
    with pytest.raises(NoSuchRepository):
        await GitRouter(fixed(default)).route(Query("a", "dev")).sync()


@pytest.mark.parametrize(
    ("there", "profiles", "answers"),
    [
        ({"x", "y"}, "x,y", "y"),
        ({"x"}, "x,y", "x"),
        ({"x"}, "x,y,x", "x"),
        (set(), "x,y", None),
        ({"x"}, "y", None),
    ],
)
async def test_candidates_are_tried_from_the_last_profile_to_the_first(
    world: World, registry: Registry, there: set[str], profiles: str, answers: str | None
) -> None:
    world.there = {f"{HOST}/{name}" for name in there}
    router = GitRouter(fixed(hall("default")), [templated(registry, "{profile}", "a*")])
    query = Query("app", profiles)
    place = router.route(query)
    if answers is None:
        for _ in range(2):
            with pytest.raises(NoSuchRepository):
                await answer(place, query)
        assert world.asked == len(query.profile_names)
        return
    generation = await place.sync()
    assert await place.sync() == generation
    assert names(await place.find(query)) == [f"{HOST}/{answers}/application.yml"]
    assert (await place.file(query, "x")).content == f"{HOST}/{answers}".encode()
    assert place.seen() == Seen()


async def test_a_candidate_that_cannot_be_reached_does_not_yield(
    world: World, registry: Registry
) -> None:
    world.down = {f"{HOST}/y"}
    router = GitRouter(fixed(hall("default")), [templated(registry, "{profile}", "a*")])
    with pytest.raises(Unavailable, match="'team' cannot be served") as caught:
        await router.route(Query("app", "x,y")).sync()
    assert caught.value.repository == f"{SHOWN}/y"
    assert world.made == [f"{HOST}/y"]


async def test_a_candidate_that_comes_to_be_answers_in_place_of_the_next(
    world: World, registry: Registry
) -> None:
    world.there = {f"{HOST}/x"}
    router = GitRouter(fixed(hall("default")), [templated(registry, "{profile}", "a*")])
    place = router.route(Query("app", "x,y"))
    before = await place.sync()
    world.there.add(f"{HOST}/y")
    registry._absent.clear()
    after = await place.sync()
    assert before != after
    assert place.now() == after


@pytest.mark.parametrize("name", ["a,b", "../x", "-x", "a b", "a.lock"])
async def test_nothing_is_asked_of_a_host_for_names_that_cannot_be(
    world: World, registry: Registry, name: str
) -> None:
    query = Query(name, "dev")
    for router in (
        GitRouter(fixed(hall("default")), [templated(registry, "{application}", "*")]),
        GitRouter(templated(registry, "{application}")),
    ):
        with pytest.raises(NoSuchRepository):
            router.route(query)
    chain = GitRouter(templated(registry, "{application}"), fall_through=True).route(query)
    with pytest.raises(NoSuchRepository):
        await chain.find(query)
    assert world.made == []


async def test_a_pattern_has_to_accept_a_name_before_anything_is_resolved(
    world: World, registry: Registry
) -> None:
    router = GitRouter(fixed(hall("default")), [templated(registry, "{application}", "team-*")])
    query = Query("other", "dev")
    assert names(await answer(router.route(query), query)) == ["default/default.yml"]
    assert world.made == []


@pytest.mark.parametrize(
    ("path", "query", "uri"),
    [
        ("{application}", Query("org/app", "dev"), "org/app"),
        ("{profile}", Query("app", "a,b"), "a,b"),
        ("{label}", Query("app", "a"), "trunk"),
        ("{label}", Query("app", "a", "v1"), "v1"),
    ],
)
async def test_the_default_repository_may_have_placeholders(
    registry: Registry, path: str, query: Query, uri: str
) -> None:
    router = GitRouter(templated(registry, path, label="trunk"))
    found = await answer(router.route(query), query)
    assert names(found) == [f"{HOST}/{uri}/application.yml"]


@pytest.mark.parametrize(
    "trouble",
    [
        NoSuchRepository("never"),
        Unavailable("too old"),
        BackendFailure("no rights"),
        InvalidFile("no colon"),
    ],
)
async def test_falling_through_the_default_repository_stands_in_and_is_named(
    trouble: ConfigError,
) -> None:
    one, two, default = hall("one"), hall("two"), hall("default")
    one.trouble = trouble
    router = GitRouter(
        fixed(default), [fixed(one, "a"), fixed(two, "*/dev", label="develop")], fall_through=True
    )
    query = Query("a", "dev")
    place = router.route(query)
    generation = await place.sync()
    found = await place.find(query)
    assert names(found) == ["two/two.yml"]
    assert (found.label, found.provenance.repository) == (None, "two")
    assert (await place.file(query, "t.txt")).content == b"two"
    assert await place.sync() == generation, "a failure does not keep answers from being kept"
    one.trouble = None
    assert await place.sync() != generation
    assert names(await place.find(query)) == ["one/one.yml"]


async def test_falling_through_a_change_of_each_repository_ends_what_was_kept() -> None:
    one, default = hall("one"), hall("default")
    place = GitRouter(fixed(default), [fixed(one, "a")], fall_through=True).route(Query("a", "b"))
    for changed in (one, default):
        before = place.now()
        changed.generation = object()
        assert place.now() != before
    default.known = False
    assert place.now() is None
    default.fresh = Seen(math.inf, stale=True)
    assert place.seen() == default.fresh


async def test_falling_through_the_label_of_a_matched_repository_stays() -> None:
    """As in the original, even if the repository then turns out not to accept the query."""
    default = hall("default", develop={"develop.yml": 1})
    local = fixed(hall("local"), "*/staging", label="develop")
    router = GitRouter(fixed(default), [local], fall_through=True)
    query = Query("a", "x,staging")
    assert names(await router.route(query).find(query)) == ["default/develop.yml"]
    del default.labels["develop"]
    with pytest.raises(NoSuchLabel):
        await router.route(query).find(query)


async def test_falling_through_a_file_is_missing_where_the_environment_is_from() -> None:
    one, default = hall("one", broken=InvalidFile("x")), hall("default", broken={})
    one.files.clear()
    router = GitRouter(fixed(default), [fixed(one, "a")], fall_through=True)
    query = Query("a", "dev")
    with pytest.raises(NoSuchFile):
        await router.route(query).file(query, "t.txt")
    query = Query("a", "dev", "broken")
    assert (await router.route(query).file(query, "t.txt")).content == b"default"


async def test_falling_through_labels_are_looked_up_one_by_one() -> None:
    document = "Config resource 'file [/w/one/m.yml' via location '' (document #0)"
    one = hall("one", only={document: 1, "sub/x.yml": 2})
    default = hall("default", l2={"l2.yml": 1})
    router = GitRouter(fixed(default), [fixed(one, "a")], fall_through=True)
    query = Query("a", "dev", "only,l2")
    found = await router.route(query).find(query)
    assert names(found) == [
        "default/l2.yml",
        "default/Config resource 'file [/w/one/m.yml' via location 'file:/w/one/' (document #0)",
        "default/file:/w/one/sub/x.yml",
    ]
    assert (found.version, found.label) == ("one@only,default@l2", "only,l2")
    assert found.provenance.repository == "default"
    missing = Query("a", "dev", "only,nope")
    with pytest.raises(NoSuchLabel):
        await router.route(missing).find(missing)
    skipping = Repository(Fixed(default, "default"), workdir="/w", skip_failing=True)
    lenient = GitRouter(skipping, [fixed(one, "a")], fall_through=True)
    assert (await lenient.route(missing).find(missing)).version == "one@only"
