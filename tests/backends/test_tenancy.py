"""Repositories behind a `git daemon` that requests name."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from configserver.backends.answers import Memory
from configserver.backends.git.address import Address
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.source import Manner, Means, git_source
from configserver.backends.layouts import git_layout
from configserver.backends.registry import Registry
from configserver.backends.resident import Resident
from configserver.backends.tenancy import SnapshotTenant
from configserver.backends.tenants import Target
from configserver.errors import NoSuchLabel, NoSuchRepository, Unavailable
from configserver.formats.cache import DocumentCache
from configserver.query import Query
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import means, until

pytestmark = pytest.mark.usefixtures("no_blocking")
QUERY = Query("foo", "dev")


@asynccontextmanager
async def registry_of(
    state: Path, *, max_count: int = 2, max_bytes: int = 1 << 30
) -> AsyncIterator[Registry]:
    documents, memory = DocumentCache(1 << 20), Memory(1 << 20)
    async with means() as (fetchers, pool):

        def make(target: Target) -> SnapshotTenant:
            address = Address.parse(target.uri)
            manner = Manner(freshness=Freshness(0, timeout=5), key=target.owner)
            return SnapshotTenant(
                git_source([address], Means(state, fetchers, pool), manner),
                layout=git_layout(address.shown, "/w"),
                documents=documents,
                pool=readers,
                memory=memory,
            )

        with ThreadPoolExecutor(2, "reader") as readers:
            async with Registry(
                make,
                max_count=max_count,
                max_bytes=max_bytes,
                absent_seconds=60,
                max_pending=4,
            ) as registry:
                yield registry


def at(registry: Registry, uri: str) -> Resident:
    return Resident(registry, Target("team", uri))


async def version(registry: Registry, uri: str) -> str | None:
    return (await at(registry, uri).find(QUERY)).version


@pytest.fixture
def commits(make_repository: Callable[[str], GitRepository]) -> dict[str, str]:
    """Return the commits of three repositories by name."""
    return {name: make_repository(name).commit({"foo.yml": f"a: {name}\n"}) for name in "abc"}


async def test_mirrors_are_made_for_those_asked_and_removed_for_others(
    commits: dict[str, str], daemon: Daemon, tmp_path: Path
) -> None:
    state = tmp_path / "state"

    def mirrors() -> int:
        return len(list((state / "mirrors").iterdir()))

    async with registry_of(state) as registry:
        for name in "abcab":
            assert await version(registry, daemon.uri(name)) == commits[name]
            assert registry.room().live <= 2
        await until(lambda: not registry.room().leaving)
        assert registry.room().size > 0
        assert mirrors() == 2
    assert mirrors() == 2
    daemon.stop()
    async with registry_of(state) as registry:
        assert await version(registry, daemon.uri("a")) == commits["a"]
        with pytest.raises(Unavailable):
            await version(registry, daemon.uri("c"))
        assert await version(registry, daemon.uri("b")) == commits["b"]


async def test_a_mirror_too_large_for_others_is_removed_by_its_bytes(
    commits: dict[str, str], daemon: Daemon, tmp_path: Path
) -> None:
    async with registry_of(tmp_path / "state", max_bytes=1) as registry:
        for name in "abab":
            assert await version(registry, daemon.uri(name)) == commits[name]
        assert registry.room().live == 1


@pytest.mark.usefixtures("commits")
async def test_what_is_not_there_is_asked_for_once_and_leaves_nothing(
    daemon: Daemon, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    async with registry_of(state) as registry:
        with pytest.raises(NoSuchRepository):
            await version(registry, daemon.uri("nope"))
        daemon.stop()
        with pytest.raises(NoSuchRepository):
            await version(registry, daemon.uri("nope"))
        with pytest.raises(Unavailable):
            await version(registry, daemon.uri("a"))
        await until(lambda: not registry.room().leaving)
        assert registry.room().absent == 1
    assert not list((state / "mirrors").glob("*nope*"))


async def test_repositories_on_this_machine_are_read_in_place(
    commits: dict[str, str], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    async with registry_of(tmp_path / "state", max_count=1) as registry:
        for name in "aba":
            uri = f"file://{work / name}"
            found = await at(registry, uri).find(QUERY)
            assert (found.version, found.sources[0].name) == (commits[name], f"{uri}/foo.yml")
        with pytest.raises(NoSuchLabel):
            await at(registry, f"file://{work / 'a'}").find(Query("foo", "dev", "nope"))
        with pytest.raises(NoSuchRepository):
            await at(registry, f"file://{work / 'nope'}").sync()
    assert (work / "b" / ".git").is_dir()
    assert not (tmp_path / "state").exists()
