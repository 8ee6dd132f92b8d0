"""From queries to environments: labels, versions, caching, errors."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

import pytest

from configserver.backends import Seen
from configserver.backends.answers import Memory, weight
from configserver.backends.layouts import Layout, git_layout, native_layout
from configserver.backends.snapshots import SnapshotBackend
from configserver.errors import BackendFailure, ConfigError, InvalidFile, NoSuchFile, NoSuchLabel
from configserver.formats.cache import DocumentCache
from configserver.model import Environment
from configserver.query import Query
from configserver.snapshot import DictSnapshot, Snapshot

pytestmark = pytest.mark.usefixtures("no_blocking")
URI = "https://user:******@example.org/config"


class DictSource:
    """Snapshots in memory; `move` makes a new generation."""

    def __init__(self, files: Mapping[str, Mapping[str, str]]) -> None:
        self.asked = 0
        self.broken = self.mends = False
        self._generation = object()
        self._labels = {label: DictSnapshot(tree, f"id-{label}") for label, tree in files.items()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def move(self, label: str, files: Mapping[str, str], version: str) -> None:
        self._labels[label] = DictSnapshot(files, version)
        self._generation = object()

    def now(self) -> object | None:
        return self._generation

    async def sync(self) -> object:
        return self._generation

    def seen(self) -> Seen:
        return Seen()

    def mark(self, label: str | None) -> object | None:
        return self._labels.get(label or "main")

    async def healed(self) -> bool:
        self.broken = not self.mends
        return self.mends

    def snapshot(self, label: str | None) -> Snapshot:
        self.asked += 1
        if self.broken:
            raise BackendFailure("an object is missing")
        found = self._labels.get(label or "main")
        if found is None:
            raise NoSuchLabel("no such label")
        return found


MAIN = {"application.yml": "shared: 1\n", "foo.yml": "a: 1\n", "foo-dev.yml": "b: 1\n"}
TREES = {
    "main": {**MAIN, "sub/foo.yml": "s: 1\n", "nginx.conf": "main\n", "nginx-dev.conf": "dev\n"},
    "old": {"foo.yml": "a: old\n"},
    "broken": {"foo.yml": "a: b: c\n", "other.yml": "a: 1\n"},
}


@pytest.fixture
def source() -> DictSource:
    return DictSource(TREES)


@pytest.fixture
def documents() -> DocumentCache:
    return DocumentCache(1 << 20)


@pytest.fixture
async def backend(source: DictSource, documents: DocumentCache) -> AsyncIterator[SnapshotBackend]:
    async with opened(source, documents, git_layout(URI, "/w", search_paths=("sub",))) as found:
        yield found


def opened(source: DictSource, documents: DocumentCache, layout: Layout) -> SnapshotBackend:
    return SnapshotBackend(
        source,
        layout=layout,
        documents=documents,
        pool=ThreadPoolExecutor(4),
        memory=Memory(1 << 20),
    )


def names(environment: Environment) -> list[str]:
    return [source.name.removeprefix(f"{URI}/") for source in environment.sources]


async def test_an_environment_is_what_the_files_of_the_label_say(backend: SnapshotBackend) -> None:
    found = await backend.find(Query("foo", "dev", None))
    assert replace(found, sources=()) == Environment("foo", "dev", None, "id-main", "", ())
    assert names(found) == ["foo-dev.yml", "sub/foo.yml", "foo.yml", "application.yml"]
    assert found.sources[0].properties == {"b": 1}


@pytest.mark.parametrize(
    ("label", "version", "sources"),
    [
        ("old", "id-old", ["foo.yml"]),
        ("main,old", "id-main,id-old", ["foo.yml", "sub/foo.yml", "foo.yml", "application.yml"]),
        ("old,main", "id-old,id-main", ["sub/foo.yml", "foo.yml", "application.yml", "foo.yml"]),
        ("old,,old,", "id-old,id-old", ["foo.yml", "foo.yml"]),
    ],
)
async def test_several_labels_are_answered_one_by_one_the_last_strongest(
    backend: SnapshotBackend, label: str, version: str, sources: list[str]
) -> None:
    found = await backend.find(Query("foo", "default", label))
    assert (found.label, found.version, names(found)) == (label, version, sources)


@pytest.mark.parametrize("label", ["nope", "main,nope", "nope,main", "main, old", "", ","])
async def test_one_label_that_does_not_exist_fails_all(
    backend: SnapshotBackend, label: str
) -> None:
    with pytest.raises(NoSuchLabel) as caught:
        await backend.find(Query("foo", "dev", label))
    assert caught.value.repository == URI


@pytest.mark.parametrize(
    ("label", "version", "sources"),
    [
        ("old,nope", "id-old", ["foo.yml"]),
        ("nope,old,broken,old", "id-old,id-old", ["foo.yml", "foo.yml"]),
        ("nope,broken", "", []),
    ],
)
async def test_failing_labels_are_left_out_where_that_is_wanted(
    source: DictSource, documents: DocumentCache, label: str, version: str, sources: list[str]
) -> None:
    layout = git_layout(URI, "/w", skip_failing=True)
    async with opened(source, documents, layout) as backend:
        found = await backend.find(Query("foo", "dev", label))
        assert (found.version, names(found)) == (version, sources)
        source.move("nope", {"foo.yml": "a: here"}, "id-nope")
        assert (await backend.find(Query("foo", "dev", label))).version != version
        for single in ("missing", "broken"):
            with pytest.raises(ConfigError):
                await backend.find(Query("foo", "dev", single))


async def test_errors_say_where(backend: SnapshotBackend) -> None:
    with pytest.raises(InvalidFile) as caught:
        await backend.find(Query("foo", "dev", "broken"))
    error = caught.value
    assert (error.repository, error.version, error.path) == (URI, "id-broken", "foo.yml")
    assert names(await backend.find(Query("other", "dev", "broken"))) == ["other.yml"]


async def test_many_who_ask_together_resolve_once(
    backend: SnapshotBackend, source: DictSource, documents: DocumentCache
) -> None:
    query = Query("foo", "dev", None)
    found = await asyncio.gather(*[backend.find(query) for _ in range(500)])
    assert {id(environment) for environment in found} == {id(found[0])}
    assert (source.asked, documents.parsed) == (1, 4)


async def test_an_answer_outlives_generations_that_leave_its_commit_alone(
    backend: SnapshotBackend, source: DictSource
) -> None:
    query = Query("foo", "dev", None)
    first = await backend.find(query)
    source.move("old", {"foo.yml": "a: new\n"}, "id-new")
    assert await backend.find(query) is first
    source.move("main", {"foo.yml": "a: 2\n"}, "id-2")
    second = await backend.find(query)
    assert (second.version, second.sources[0].properties) == ("id-2", {"a": 2})


@pytest.mark.parametrize(
    ("path", "profiles", "content"),
    [
        ("nginx.conf", "dev", b"dev\n"),
        ("nginx.conf", "prod", b"main\n"),
        ("foo.yml", "x", b"a: 1\n"),
    ],
)
async def test_a_plain_file(
    backend: SnapshotBackend, path: str, profiles: str, content: bytes
) -> None:
    found = await backend.file(Query("foo", profiles, None), path)
    assert (found.content, found.version) == (content, "id-main")


@pytest.mark.parametrize(
    ("label", "path", "error"),
    [
        ("main", "missing.conf", NoSuchFile),
        ("main", "../foo.yml", NoSuchFile),
        ("nope", "nginx.conf", NoSuchLabel),
        ("main,old", "foo.yml", NoSuchLabel),
    ],
)
async def test_a_plain_file_that_is_not_there(
    backend: SnapshotBackend, label: str, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await backend.file(Query("foo", "dev", label), path)


async def test_native_labels_are_folders_and_the_version_is_configured(
    documents: DocumentCache,
) -> None:
    files = {"srv/foo.yml": "a: 1\n", "srv/one/foo.yml": "a: 2\n", "srv/two/foo.yml": "a: 3\n"}

    class Folders(DictSource):
        def snapshot(self, label: str | None) -> Snapshot:
            self.asked += 1
            assert label in {None, "one,two"}
            return DictSnapshot(files)

    layout = native_layout(("file:/srv/",), version="1.2.3")
    async with opened(Folders({}), documents, layout) as backend:
        found = await backend.find(Query("foo", "dev", "one,two"))
        assert (found.version, found.state, found.label) == ("1.2.3", None, "one,two")
        assert [source.properties["a"] for source in found.sources] == [2, 3, 1]
        assert len((await backend.find(Query("foo", "dev", None))).sources) == 1


async def test_an_answer_larger_than_the_cache_is_given_all_the_same(
    source: DictSource, documents: DocumentCache
) -> None:
    backend = SnapshotBackend(
        source,
        layout=git_layout(URI, "/w"),
        documents=documents,
        pool=ThreadPoolExecutor(1),
        memory=Memory(1),
    )
    async with backend:
        query = Query("foo", "dev", None)
        found = await backend.find(query)
        assert weight(found) > 1
        assert await backend.find(query) == found


async def test_what_was_mended_is_read_again(source: DictSource, documents: DocumentCache) -> None:
    """A damaged mirror that is cloned anew within the limits costs its readers only time."""
    async with opened(source, documents, git_layout(URI, "/w")) as backend:
        source.broken = source.mends = True
        assert (await backend.find(Query("foo", "dev", None))).sources
        source.broken = True
        assert (await backend.file(Query("foo", "dev", None), "nginx.conf")).content == b"dev\n"


async def test_what_cannot_be_mended_is_an_error(
    source: DictSource, documents: DocumentCache
) -> None:
    async with opened(source, documents, git_layout(URI, "/w")) as backend:
        source.broken = True
        for asked in (
            backend.find(Query("foo", "dev", None)),
            backend.file(Query("foo", "dev", None), "nginx.conf"),
        ):
            with pytest.raises(BackendFailure, match="an object is missing"):
                await asked
    assert source.asked == 2
