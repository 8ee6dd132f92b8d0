"""What is served when branches of a remote move, go and come, and when hosts take turns."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.backends.git import breaker
from tests.backends.talking import without_proxies
from tests.server.hosts import GIT, KINDS, OWN, Host, host
from tests.server.sites import Answer, Log, Site, logging_to, site

kinds = pytest.mark.parametrize("kind", KINDS)
either = pytest.mark.parametrize("forget", [False, True], ids=["kept", "forgotten"])
STRICT = {f"{GIT}.refresh-rate": 0, f"{GIT}.timeout": 10}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon, and directly."""
    without_proxies(monkeypatch)
    monkeypatch.setattr(breaker, "FIRST", 0.2)
    monkeypatch.setattr(breaker, "LONGEST", 0.5)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with logging_to(tmp_path / "log") as found:
        yield found


async def git(made: Host, *arguments: str) -> str:
    return await asyncio.to_thread(made.repository.git, *arguments)


async def fresh(served: Site, made: Host, branch: str = "main", path: str = "/shop/dev") -> Answer:
    commit = await git(made, "rev-parse", branch)
    return await served.until(lambda answer: answer.is_fresh(commit), path)


@kinds
async def test_a_forced_push_is_followed_and_logged(kind: str, tmp_path: Path, log: Log) -> None:
    with host(kind, tmp_path) as made:
        before = await asyncio.to_thread(made.commit, 1)
        async with site(tmp_path, {**made.settings, **STRICT}) as served:
            await fresh(served, made)
            await git(made, "reset", "-q", "--hard", "HEAD~1")
            after = await asyncio.to_thread(made.commit, 2)
            assert (await served.get()).is_fresh(after)
            (told,) = log.events("force-pushed")
            assert (told["repository"], told["branch"]) == (made.uri, "main")
            assert (told["before"], told["after"], told["level"]) == (before, after, "warning")
            assert not log.events("remote failed")


@either
@kinds
async def test_a_branch_that_was_deleted(
    kind: str, *, forget: bool, tmp_path: Path, log: Log
) -> None:
    with host(kind, tmp_path) as made:
        await git(made, "branch", "topic")
        settings = {**made.settings, **STRICT, f"{GIT}.delete-untracked-branches": forget}
        async with site(tmp_path, settings) as served:
            await fresh(served, made, "topic", "/shop/dev/topic")
            topic = await git(made, "rev-parse", "topic")
            await git(made, "branch", "-D", "topic")
            await asyncio.to_thread(made.commit, 1)
            answer = await served.get("/shop/dev/topic")
            if forget:
                assert (answer.status, answer.stale) == (404, "false")
                assert [(one["branch"], one["before"]) for one in log.events("deleted")] == [
                    ("topic", topic)
                ]
            else:
                assert answer.is_fresh(topic)
            await fresh(served, made)


@either
@pytest.mark.parametrize("name", ["trunk", "master"])
async def test_a_default_branch_that_was_renamed(
    name: str, *, forget: bool, tmp_path: Path, log: Log
) -> None:
    """The old name is a deleted branch, for which `master` may stand in; the new one is there."""
    with host("http", tmp_path) as made:
        old = await asyncio.to_thread(made.commit, 1)
        settings = {**made.settings, **STRICT, f"{GIT}.delete-untracked-branches": forget}
        async with site(tmp_path, settings) as served:
            await fresh(served, made)
            await git(made, "branch", "main-too")
            await git(made, "branch", "-m", "main", name)
            new = await asyncio.to_thread(made.commit, 2)
            answer = await served.get()
            if not forget:
                assert answer.is_fresh(old)
            elif name == "master":
                assert answer.is_fresh(new)
                assert answer.headers["X-Config-Label"] == "master"
            else:
                assert (answer.status, answer.stale) == (404, "false")
                assert "the default label 'main' is neither" in answer.body["message"]
            for label in (name, "HEAD"):
                assert (await served.get(f"/shop/dev/{label}")).is_fresh(new)
        async with site(tmp_path, {**settings, f"{GIT}.default-label": name}) as served:
            await fresh(served, made, name)
        assert not log.events("remote failed")


@kinds
async def test_a_repository_without_a_commit(kind: str, tmp_path: Path, log: Log) -> None:
    """It is reached, and lacks every label; the first push is served."""
    with host(kind, tmp_path) as made:
        await git(made, "update-ref", "-d", "HEAD")
        async with site(tmp_path, {**made.settings, **STRICT}) as served:
            answer = await served.until(lambda answer: answer.stale == "false")
            assert (answer.status, answer.body["repository"]) == (404, made.uri)
            assert answer.body["message"] == "the repository is empty"
            shown = await served.health(made.uri)
            assert (shown["code"], shown["status"], shown["breaker"]) == (200, "UP", "closed")
            await asyncio.to_thread(made.commit, 1)
            await fresh(served, made)
        assert not log.events("remote failed")


async def test_a_reader_who_may_be_a_second_behind_waits_a_moment_only(
    tmp_path: Path, log: Log
) -> None:
    with host("http", tmp_path) as made:
        async with site(tmp_path, {**made.settings, f"{GIT}.timeout": 30}) as served:
            answer = await fresh(served, made)
            await asyncio.to_thread(made.door.silence)
            await asyncio.sleep(1.1)
            waited = [await served.get() for _ in range(5)]
            assert {one.commit for one in waited} == {answer.commit}
            assert max(one.seconds for one in waited) < 5
        assert not log.events("failed")


async def test_the_second_host_answers_while_the_first_is_away(tmp_path: Path, log: Log) -> None:
    with host("https", tmp_path) as made, host("git", tmp_path / "second") as second:
        await git(second, "pull", "-q", "--rebase", str(made.repository.path), "main")
        settings = {**made.settings, **STRICT, f"{OWN}.fallback-uris": second.uri}
        async with site(tmp_path, settings) as served:
            await fresh(served, made)
            await asyncio.to_thread(made.door.shut)
            commit = await asyncio.to_thread(second.commit, 1)
            assert (await served.get()).is_fresh(commit)
            (told,) = log.events("fail-over")
            assert (told["repository"], told["uri"], told["fault"]) == (
                *(made.uri, second.uri),
                "connect",
            )
            assert (await served.health(made.uri))["uri"] == second.uri
            await asyncio.to_thread(second.door.shut)
            assert (await served.get()).stale == "true"


async def test_what_is_older_than_allowed_is_refused(tmp_path: Path, log: Log) -> None:
    with host("http", tmp_path) as made:
        settings = {**made.settings, **STRICT, f"{OWN}.max-stale": 1}
        async with site(tmp_path, settings) as served:
            answer = await fresh(served, made)
            await asyncio.to_thread(made.door.shut)
            first = await served.get()
            assert (first.status, first.stale, first.commit) == (200, "true", answer.commit)
            refused = await served.until(lambda answer: answer.status == 503)
            assert refused.stale == "true"
            assert refused.seconds < 5
            assert refused.body["repository"] == made.uri
            assert "older than max-stale allows" in refused.body["message"]
            assert "connect" in refused.body["hint"]
            await asyncio.to_thread(made.mend)
            await fresh(served, made)
        assert log.events("remote is back")
