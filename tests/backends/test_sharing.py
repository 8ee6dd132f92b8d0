"""What applications have in common is found once, and is what each would find alone."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from configserver.backends.ahead import made
from configserver.backends.answers import Found, Memory
from configserver.backends.layouts import git_layout
from configserver.backends.moments import Moment, Reader
from configserver.backends.snapshots import SnapshotBackend
from configserver.environment.assemble import assemble
from configserver.environment.naming import GitNaming
from configserver.environment.search import git_locations
from configserver.errors import ConfigError, InvalidFile
from configserver.formats.cache import DocumentCache
from configserver.model import Environment, PropertySource
from configserver.query import Query
from configserver.snapshot import DictSnapshot, Snapshot
from tests.backends.test_snapshot_backend import DictSource

Outcome: TypeAlias = tuple[PropertySource, ...] | str

NAMING = GitNaming("https://host/config", "/w")
NAMES = (
    *("ghost", "wraith", "shade", "shop", "shop-web", "application", "application-dev", "a.b"),
    *("ghost,wraith", "shop,shade", "ghost,application", "x%79", "team/ghost", "app"),
)
QUERIES = [Query(name, profiles) for profiles in ("dev", "dev,eu", "default") for name in NAMES]
LINES = st.sampled_from(
    (
        *("a: 1", "a: 2", "# a comment", "p: ${spring.config.name}", "bad: ["),
        "spring.config.import: 'optional:${spring.config.name}.yml'",
        "spring.config.import: 'optional:more.yml'",
        "spring.config.import: 'optional:folder/'",
        "SPRING_CONFIG.IMPORT: 'optional:${where}.yml'",
        "where: ${spring.config.name}",
        "where: more",
        "spring.profiles.include: night",
        "spring.profiles.include: ${spring.config.name:night}",
        "spring.profiles.group.dev: [night, eu]",
        "spring.config.import: 'optional:folder/raw[.yml]'",
        "---\nspring.config.activate.on-profile: eu\nc: 1",
        "---\nspring.config.activate.on-profile: night\nn: 1",
        "---\nspring.config.activate.on-profile: '${where:eu}'\nc: 3",
        "---\nspring.config.activate.on-profile: '!eu'\nspring.config.import: 'optional:more.yml'",
    )
)
CONTENT = st.lists(LINES, min_size=1, max_size=3, unique_by=lambda line: line[:12]).map("\n".join)
PATHS = st.sampled_from(
    (
        *("application.yml", "application.properties", "application-dev.yml", "more.yml"),
        *("application-night.yml", "ghost.yml", "ghost-night.yml", "ghost-eu.yml", "shop.yml"),
        *("folder/application.yml", "folder/ghost.yml", "folder/raw", "application,ghost.yml"),
        *("ghost/application.yml", "wraith/application-night.yml", "ghost/README.md", "xy.yml"),
        *("of-shade/application.yml", "of-shade/shade.yml", "shop/shop-web-dev.yml", "a.b.yml"),
        *("app/x/application.yml", "app/y/ghost.yml", "team/ghost.yml", "application,wraith.yml"),
    )
)
TREES = st.dictionaries(PATHS, CONTENT, max_size=6)
SEARCHED = st.sampled_from(
    ((), ("{application}",), ("of-{application}",), ("app/*",), ("{profile}", "folder"))
)


def alone(query: Query, snapshot: DictSnapshot, searched: Sequence[str]) -> Outcome:
    """Return what is found without anybody else, or why there is nothing."""
    documents = DocumentCache(1 << 20)
    try:
        return assemble(
            query,
            git_locations(searched, query, "main", snapshot),
            snapshot,
            documents=lambda path: documents.documents(snapshot, path),
            naming=NAMING,
        )
    except ConfigError as error:
        return error.reason


def together(
    query: Query, snapshot: DictSnapshot, searched: Sequence[str], reader: Reader
) -> Outcome:
    """Return what is found beside others."""
    try:
        locations = git_locations(searched, query, "main", snapshot)
        return reader.sources(query, locations, snapshot, NAMING)
    except ConfigError as error:
        return error.reason


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES, SEARCHED, st.permutations(QUERIES))
@example(
    {"application.yml": "spring.profiles.include: night", "ghost-night.yml": "a: 1"}, (), QUERIES
)
@example(
    {
        "application.yml": "spring.config.import: 'optional:${spring.config.name}.yml'",
        "application,wraith.yml": "a: 1",
    },
    (),
    QUERIES,
)
@example(
    {
        "application.yml": "---\nspring.config.activate.on-profile: '${where:eu}'\nc: 3",
        "application.properties": "where=${spring.config.name}",
    },
    (),
    QUERIES,
)
@example(
    {
        "application.yml": "spring.config.import: 'optional:folder/raw[.yml]'",
        "folder/raw": "spring.config.import: 'optional:${spring.config.name}.yml'",
        "folder/application,wraith.yml": "a: 1",
    },
    (),
    QUERIES,
)
@example({"of-shade/application.yml": "a: 1"}, ("of-{application}",), QUERIES)
def test_what_is_found_together_is_what_each_finds_alone(
    files: Mapping[str, str], searched: Sequence[str], queries: Sequence[Query]
) -> None:
    """Whoever asks first, and whatever is in the files."""
    snapshot = DictSnapshot(files, "v1")
    documents, moment = DocumentCache(1 << 20), Moment(object(), None)
    for query in queries:
        expected = alone(query, snapshot, searched)
        assert together(query, snapshot, searched, Reader(documents, moment)) == expected


def test_applications_without_files_share_the_very_sources() -> None:
    """Nothing is read or put together for the second one; what has a file is found for itself."""
    snapshot = DictSnapshot({"application.yml": "a: 1", "shop.yml": "b: 1"}, "v1")
    reader = Reader(DocumentCache(1 << 20), Moment(object(), None))
    found = {
        name: together(Query(name, "dev"), snapshot, (), reader)
        for name in ("shop", "ghost", "wraith", "shade,wraith")
    }
    assert found["ghost"] is found["wraith"] is found["shade,wraith"]
    assert len(found["shop"]) == 2


def test_nothing_is_shared_from_one_version_to_another_or_without_versions() -> None:
    """Folders that may be edited at any time are read by each."""
    reader = Reader(DocumentCache(1 << 20), Moment(object(), None))
    numbers = count()
    for version in ("v1", "v2", None, None):
        text = f"a: {next(numbers)} of {version}"
        snapshot = DictSnapshot({"application.yml": text}, version)
        for name in ("ghost", "wraith"):
            found = together(Query(name, "dev"), snapshot, (), reader)
            assert not isinstance(found, str)
            assert found[0].properties == {"a": text[3:]}


async def test_prepared_answers_are_there_at_once() -> None:
    """What fails is left out, and says why when it is asked for."""
    source = DictSource({"main": {"application.yml": "a: 1", "bad.yml": "bad: ["}})
    backend = SnapshotBackend(
        source,
        layout=git_layout("https://host/config", "/w"),
        documents=DocumentCache(1 << 20),
        pool=ThreadPoolExecutor(1),
        memory=Memory(1 << 20),
    )
    good = [Query(name, "dev") for name in ("ghost", "wraith")]
    bad = [Query("bad", "dev"), Query("ghost", "dev", "nowhere")]
    async with backend:
        await backend.prepare([*good, *bad])
        asked = source.asked
        found = await asyncio.gather(*map(backend.find, good))
        assert source.asked == asked
        assert found[0].sources[0] is found[1].sources[0]
        assert [one.name for one in found] == ["ghost", "wraith"]
        for query in bad:
            with pytest.raises(ConfigError):
                await backend.find(query)
        source.move("main", {"application.yml": "a: 2"}, "v2")
        assert (await backend.find(good[0])).sources[0].properties == {"a": 2}


def test_one_label_is_opened_once_and_what_fails_is_left_out() -> None:
    """Queries are answered in their order."""
    opened = []

    def snapshots(query: Query) -> list[tuple[str | None, Snapshot]]:
        opened.append(query.label)
        return [(query.label, DictSnapshot({}, "v1"))]

    def found(query: Query, *_: object) -> Found:
        if query.name == "bad":
            raise InvalidFile("it does not parse")
        return Found(Environment(query.name, query.profiles, query.label, "v1", "", ()))

    queries = [Query("a", "dev"), Query("bad", "dev"), Query("b", "dev"), Query("a", "dev", "x")]
    answers = made(queries, Moment("served", None), snapshots=snapshots, found=found)
    assert [one.found.environment.name for one in answers] == ["a", "b", "a"]
    assert [one.versions for one in answers] == [(("v1", None),)] * 3
    assert opened == [None, "x"]
