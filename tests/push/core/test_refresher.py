"""A commit reaches those who are concerned, and only those, with the keys that changed."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from configserver.errors import BackendFailure
from configserver.model import Environment
from configserver.push import Hint, State
from configserver.push.comparison.effective import ABSENT
from configserver.query import Query
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings
from configserver.settings.own import OwnSettings
from configserver.settings.profiles import ProfilesSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.serving import ServingSettings
from tests.backends.conftest import Daemon, GitRepository
from tests.push.core.world import git_settings, keys_of, until, world

SHOP = Query("shop", "dev")
PROD = Query("shop", "prod")
BILLING = Query("billing", "dev")
OLD = Query("shop", "dev", "v1")
BRANCH = Query("shop", "dev", "feature/x")
EVERYBODY = (SHOP, PROD, BILLING)

FILES = {
    "application.yml": "shared: 1\nboth: low\n",
    "shop.yml": "a: 1\nlist: [x, y]\n",
    "shop-dev.yml": "b: 1\nboth: high\n",
    "billing.properties": "c=1\n",
}

Keys = Mapping[Query, tuple[str, ...]]

TABLE: tuple[tuple[str, Mapping[str, str], Keys], ...] = (
    ("a value", {"shop.yml": "a: 2\nlist: [x, y]\n"}, {SHOP: ("a",), PROD: ("a",)}),
    ("a value of a profile", {"shop-dev.yml": "b: 2\nboth: high\n"}, {SHOP: ("b",)}),
    ("a comment", {"shop.yml": "# note\na: 1\nlist: [x, y]\n"}, {}),
    ("another order and quotes", {"shop.yml": "list: ['x', \"y\"]\na: 1\n"}, {}),
    ("a text for a number", {"shop.yml": "a: '1'\nlist: [x, y]\n"}, {SHOP: ("a",), PROD: ("a",)}),
    (
        "a list that is shorter",
        {"shop.yml": "a: 1\nlist: [x]\n"},
        {SHOP: ("list[1]",), PROD: ("list[1]",)},
    ),
    (
        "a value that is outranked for some",
        {"application.yml": "shared: 1\nboth: changed\n"},
        {PROD: ("both",), BILLING: ("both",)},
    ),
    (
        "what everybody shares",
        {"application.yml": "shared: 2\nboth: low\n"},
        dict.fromkeys(EVERYBODY, ("shared",)),
    ),
    (
        "a new file of a profile",
        {"shop-prod.yml": "b: 9\nshared: 7\n"},
        {PROD: ("b", "shared")},
    ),
    ("a file for nobody", {"README.md": "hello\n"}, {}),
    ("a plain file", {"nginx.conf": "server {}\n"}, {}),
    ("the same value in another file", {"shop-prod.yml": "a: 1\n"}, {}),
    (
        "a document that applies to one profile",
        {"shop.yml": "a: 1\nlist: [x, y]\n---\nspring.config.activate.on-profile: prod\nz: 1\n"},
        {PROD: ("spring.config.activate.on-profile", "z")},
    ),
    (
        "an import",
        {"billing.properties": "c=1\nspring.config.import=more.yml\n", "more.yml": "m: 1\n"},
        {BILLING: ("m", "spring.config.import")},
    ),
)


@pytest.mark.parametrize(
    ("files", "expected"), [row[1:] for row in TABLE], ids=[t[0] for t in TABLE]
)
async def test_a_commit_is_told_to_those_it_changes_something_for(
    repository: GitRepository, files: Mapping[str, str], expected: Keys
) -> None:
    """Effective answers are compared, so only what a client would see counts."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.asks(*EVERYBODY)
        before = {query: served.interest.get(query).state for query in EVERYBODY}  # type: ignore[union-attr]
        commit = await asyncio.to_thread(repository.commit, files)
        changes = await served.look()
        assert keys_of(changes) == expected
        for change in changes:
            assert change.before == before[change.query]
            assert change.after.version == commit
            assert change.after.etag != before[change.query].etag
        assert await served.look() == []


async def test_each_label_is_looked_at_alone(repository: GitRepository) -> None:
    """Tags and branches that did not move are nobody's business; those that moved are."""
    repository.commit(FILES)
    repository.git("tag", "v1")
    repository.commit({}, branch="feature/x")
    async with world(git_settings(repository.path)) as served:
        await served.asks(SHOP, OLD, BRANCH)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\n"}, "feature/x")
        assert keys_of(await served.look()) == {BRANCH: ("a", "list[0]", "list[1]")}
        repository.git("tag", "-f", "v1")
        assert keys_of(await served.look()) == {OLD: ("a", "list[0]", "list[1]")}
        repository.git("checkout", "-q", "main")
        repository.git("branch", "-D", "feature/x")
        (gone,) = await served.look()
        assert (gone.query, gone.after) == (BRANCH, State(None, ABSENT.etag))
        assert gone.keys == ("a", "b", "both", "shared")
        repository.git("branch", "feature/x")
        (back,) = await served.look()
        assert back.query == BRANCH
        assert back.keys == ("a", "b", "both", "list[0]", "list[1]", "shared")


async def test_a_forced_push_and_a_tag_that_hides_a_branch(repository: GitRepository) -> None:
    """In a repository read in place a tag outranks the branch of its name, as in the original."""
    first = repository.commit(FILES)
    repository.commit({"shop.yml": "a: 2\nlist: [x, y]\n"})
    main = Query("shop", "dev", "main")
    async with world(git_settings(repository.path)) as served:
        await served.asks(SHOP, main)
        repository.git("reset", "-q", "--hard", first)
        assert keys_of(await served.look()) == {SHOP: ("a",), main: ("a",)}
        repository.commit({"shop.yml": "a: 3\nlist: [x, y]\n"})
        await served.look()
        repository.git("tag", "main", first)
        assert keys_of(await served.look()) == {SHOP: ("a",), main: ("a",)}


async def test_a_shortened_commit_id_as_label_never_changes(repository: GitRepository) -> None:
    """What names a commit is compared at each news, and stays what it was."""
    first = repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.asks(Query("shop", "dev", first[:8]), Query("shop", "dev", first))
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\n"})
        assert await served.look() == []


async def test_a_file_that_does_not_parse_is_told_when_it_is_mended(
    repository: GitRepository, caplog: pytest.LogCaptureFixture
) -> None:
    """The last good state is what the mended one is compared with; one warning says where."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.asks(*EVERYBODY)
        broken = await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [\n"})
        assert await served.look() == []
        await asyncio.to_thread(repository.commit, {"README.md": "more\n"})
        assert await served.look() == []
        warnings = [record for record in caplog.records if "does not parse" in record.getMessage()]
        assert len(warnings) == 1, broken
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, y]\n"})
        assert keys_of(await served.look()) == {SHOP: ("a",), PROD: ("a",)}


async def test_an_application_that_vanishes_and_comes_back(repository: GitRepository) -> None:
    """Where nothing found is a 404, that is a state of its own."""
    repository.commit({"shop.yml": "a: 1\n"})
    settings = Settings(
        git=GitSettings(uri=repository.path.as_uri()), serving=ServingSettings(accept_empty=False)
    )
    async with world(settings) as served:
        await served.asks(SHOP)
        repository.git("rm", "-q", "shop.yml")
        await asyncio.to_thread(repository.commit, {"other.yml": "a: 1\n"})
        (gone,) = await served.look()
        assert gone.after.etag == ABSENT.etag
        assert gone.keys == ("a",)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 1\n"})
        (back,) = await served.look()
        assert back.before == gone.after
        assert back.keys == ("a",)


async def test_an_override_hides_what_changes_below(repository: GitRepository) -> None:
    """The operator's overrides are part of the answer."""
    repository.commit(FILES)
    settings = Settings(
        git=GitSettings(uri=repository.path.as_uri()), serving=ServingSettings(overrides={"a": "0"})
    )
    async with world(settings) as served:
        await served.asks(SHOP)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, z]\n"})
        assert keys_of(await served.look()) == {SHOP: ("list[1]",)}


async def test_names_that_never_asked_are_told_by_the_files(repository: GitRepository) -> None:
    """Those who asked are compared; the others are guessed as in the original."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.asks(SHOP)
        files = {"mail-dev.yml": "x: 1\n", "shop.yml": "a: 9\n", "application.yml": "shared: 9\n"}
        await asyncio.to_thread(repository.commit, files)
        await served.look()
        names = [name for refresh in served.published for name in refresh.applications]
        assert names == ["mail-dev", "mail"]
        assert all(refresh.moved for refresh in served.published)


async def test_everybody_is_meant_if_nobody_is_known(repository: GitRepository) -> None:
    """A server that was just installed can only go by the names of files."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.look()
        await asyncio.to_thread(repository.commit, {"application.yml": "shared: 9\n"})
        await served.look()
        assert [refresh.applications for refresh in served.published] == [("*",)]
        (moved,) = served.published[0].moved
        assert moved.ref == "refs/heads/main"


async def test_errors_are_no_interest(repository: GitRepository) -> None:
    """Who is answered with an error is not known afterwards."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        with pytest.raises(Exception, match="label"):
            await served.asks(Query("shop", "dev", "nowhere"))
        assert len(served.interest) == 0


async def test_native_folders(tmp_path: Path) -> None:
    """An edit is seen without any hint."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "shop.yml").write_text("a: 1\n")
    settings = Settings(
        profiles=ProfilesSettings(active=("native",)),
        native=NativeSettings(search_locations=(f"file:{folder}",)),
    )
    async with world(settings) as served:
        await until(lambda: served.place.fixed[0].now() is not None)  # type: ignore[attr-defined]
        await served.asks(SHOP, BILLING)
        await asyncio.to_thread((folder / "shop.yml").write_text, "a: 2 # more\n")
        await until(lambda: served.published)
        assert keys_of(served.published[0].changes) == {SHOP: ("a",)}
        assert [moved.repository for moved in served.published[0].moved] == [str(folder)]


async def test_several_repositories(make_repository: Callable[[str], GitRepository]) -> None:
    """Only those whose repository moved are compared, whether by pattern or by name."""
    main, team = make_repository("main"), make_repository("team")
    named = {name: make_repository(f"by-{name}") for name in ("one", "two")}
    for each in (main, team, *named.values()):
        each.commit({"application.yml": "a: 1\n"})
    root = main.path.parent.as_uri()
    settings = Settings(
        git=GitSettings(
            uri=main.path.as_uri(),
            repos={
                "team": NestedGitSettings(pattern=("team*",), uri=team.path.as_uri()),
                "by": NestedGitSettings(pattern=("one", "two"), uri=f"{root}/by-{{application}}"),
            },
        )
    )
    async with world(settings) as served:
        queries = [Query(name, "dev") for name in ("shop", "team-a", "one", "two")]
        await served.asks(*queries)
        for query, each in zip(queries, (main, team, *named.values()), strict=True):
            await asyncio.to_thread(each.commit, {"application.yml": f"a: {query.name}\n"})
            assert keys_of(await served.look()) == {query: ("a",)}


async def test_composite(make_repository: Callable[[str], GitRepository]) -> None:
    """What a stronger member hides is no change."""
    strong, weak = make_repository("strong"), make_repository("weak")
    strong.commit({"shop.yml": "a: 1\n"})
    weak.commit({"shop.yml": "a: 1\nb: 1\n"})
    settings = Settings(
        profiles=ProfilesSettings(active=("composite",)),
        composite=(GitSettings(uri=strong.path.as_uri()), GitSettings(uri=weak.path.as_uri())),
    )
    async with world(settings) as served:
        await served.asks(SHOP)
        await asyncio.to_thread(weak.commit, {"shop.yml": "a: 2\nb: 1\n"})
        assert await served.look() == []
        await asyncio.to_thread(weak.commit, {"shop.yml": "a: 2\nb: 2\n"})
        assert keys_of(await served.look()) == {SHOP: ("b",)}
        await asyncio.to_thread(strong.commit, {"shop.yml": "a: 2\n"})
        assert keys_of(await served.look()) == {SHOP: ("a",)}


async def test_watched_queries_come_first(repository: GitRepository) -> None:
    """Who is connected does not wait for those who asked once."""
    repository.commit(FILES)
    async with world(git_settings(repository.path)) as served:
        await served.asks(*(Query(f"app-{number}", "dev") for number in range(100)))
        await served.watches(SHOP)
        await asyncio.to_thread(repository.commit, {"application.yml": "shared: 9\n"})
        changes = await served.look()
        assert len(changes) == 101
        assert changes[0].query == SHOP
        assert [change.query for change in served.published[0].changes] == [SHOP]


async def test_a_remote_and_hints(repository: GitRepository, daemon: Daemon) -> None:
    """A hint makes the server look; one for another repository does not."""
    repository.commit(FILES)
    settings = git_settings(daemon.uri("config"), refresh_rate=-1)
    async with world(settings) as served:
        await until(served.place.fixed[0].ready)  # type: ignore[attr-defined]
        await served.asks(SHOP)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, y]\n"})
        assert not served.refresher.hint(Hint(origin="github", uris=("https://else/where",)))
        hint = Hint(origin="github", uris=(f"git://127.0.0.1:{daemon.port}/config.git",))
        assert served.refresher.hint(hint)
        await until(lambda: served.published)
        (refresh,) = served.published
        assert keys_of(refresh.changes) == {SHOP: ("a",)}
        assert refresh.origin == "github"
        assert served.relayed.hints == [hint]


async def test_what_a_look_of_ours_finds_is_passed_on(
    repository: GitRepository, daemon: Daemon
) -> None:
    """Other replicas hear of news nobody hinted at, but not of those that they told of."""
    repository.commit(FILES)
    settings = git_settings(daemon.uri("config"), refresh_rate=-1)
    async with world(settings) as served:
        source = served.place.fixed[0]
        await until(source.ready)  # type: ignore[attr-defined]
        await served.asks(SHOP)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\n"})
        await source.refresh()
        await until(lambda: served.relayed.hints)
        (told,) = served.relayed.hints
        assert (told.origin, told.uris) == ("look", source.uris)
        assert "refs/heads/main" in told.refs
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 3\n"})
        served.refresher.hint(Hint(origin="peer", uris=source.uris, relayed=True))
        await until(lambda: len(served.published) == 2)
        assert len(served.relayed.hints) == 1


async def test_an_unreachable_remote_is_no_change(
    repository: GitRepository, daemon: Daemon
) -> None:
    """Nothing is told as long as nothing is known; what came meanwhile is told then."""
    repository.commit(FILES)
    settings = git_settings(daemon.uri("config"), refresh_rate=-1, timeout=1)
    async with world(settings) as served:
        await until(served.place.fixed[0].ready)  # type: ignore[attr-defined]
        await served.asks(SHOP)
        daemon.stop()
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, y]\n"})
        assert await served.look() == []
        await asyncio.to_thread(daemon.start)
        assert keys_of(await served.look()) == {SHOP: ("a",)}


async def test_hints_that_come_during_a_look_are_one(
    repository: GitRepository, daemon: Daemon
) -> None:
    """A storm of hints costs two looks, and none of them is lost."""
    repository.commit(FILES)
    settings = git_settings(daemon.uri("config"), refresh_rate=-1)
    async with world(settings) as served:
        source = served.place.fixed[0]
        await until(source.ready)  # type: ignore[attr-defined]
        looks = 0
        look = source.refresh

        async def counted() -> object:
            nonlocal looks
            looks += 1
            return await look()

        source.refresh = counted  # type: ignore[method-assign]
        await served.asks(SHOP)
        for number in range(50):
            if number == 25:
                await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, y]\n"})
            served.refresher.hint(Hint(origin="github"))
        await served.settled()
        assert keys_of([c for r in served.published for c in r.changes]) == {SHOP: ("a",)}
        assert looks <= 4


async def test_a_repository_that_was_closed_to_make_room(
    make_repository: Callable[[str], GitRepository], daemon: Daemon
) -> None:
    """A hint for it opens it, if somebody asked; without one it is told when it is asked for."""
    names = ("one", "two", "three")
    repositories = {name: make_repository(name) for name in names}
    for each in repositories.values():
        each.commit({"application.yml": "a: 1\n"})
    settings = Settings(
        git=GitSettings(uri=daemon.uri("{application}"), refresh_rate=-1),
        own=OwnSettings(max_mirrors=2),
    )
    queries = {name: Query(name, "dev") for name in names}
    async with world(settings) as served:
        for query in queries.values():
            await served.asks(query)
        await asyncio.to_thread(repositories["one"].commit, {"application.yml": "a: 2\n"})
        assert await served.look() == []
        assert served.refresher.hint(Hint(origin="github", uris=(daemon.uri("one"),)))
        await until(lambda: served.published)
        assert keys_of(served.published[0].changes) == {queries["one"]: ("a",)}
        assert not served.refresher.hint(Hint(origin="github", uris=(daemon.uri("four"),)))
        await asyncio.to_thread(repositories["two"].commit, {"README.md": "x"})
        await asyncio.to_thread(repositories["two"].commit, {"application.yml": "a: 3\n"})
        await served.service.environment(queries["two"])
        await until(lambda: len(served.published) == 2)
        assert keys_of(served.published[1].changes) == {queries["two"]: ("a",)}


async def test_watched_queries_that_cannot_be_answered_are_tried_again(
    repository: GitRepository, daemon: Daemon
) -> None:
    """What failed for a reason that may pass is compared as soon as it can be."""
    repository.commit(FILES)
    settings = git_settings(daemon.uri("config"), refresh_rate=-1, timeout=1)
    async with world(settings) as served:
        await until(served.place.fixed[0].ready)  # type: ignore[attr-defined]
        await served.watches(SHOP)
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\nlist: [x, y]\n"})
        look, fails = served.answering.environment, 2

        async def failing(query: Query) -> Environment:
            nonlocal fails
            fails -= 1
            if fails >= 0:
                raise BackendFailure("the disk is away")
            return await look(query)

        served.answering.environment = failing  # type: ignore[method-assign]
        assert await served.look() == []
        await until(lambda: served.published)
        assert keys_of(served.published[0].changes) == {SHOP: ("a",)}
