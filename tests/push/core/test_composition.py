"""Push as a server puts it together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.app.backends import Opened, opened
from configserver.app.push.composition import FILE, Push, open_push
from configserver.push import Refresh
from configserver.push.hints.following import follow
from configserver.push.interest.remembered import recall
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.own import OwnSettings
from configserver.settings.push import PushSettings
from configserver.settings.repository import NestedGitSettings
from configserver.web import WebOptions, create_app
from tests.backends.conftest import Daemon, GitRepository
from tests.push.core.world import git_settings, until
from tests.push.webhooks.samples import GITHUB

SHOP = Query("shop", "dev")


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[tuple[ConfigService, Push, Opened]]:
    async with opened(settings, alone=False) as place:
        service = ConfigService(place.router, overrides={})
        async with open_push(settings, service, place) as push:
            yield service, push, place


async def _ask(service: ConfigService, push: Push) -> None:
    assert push.asked is not None
    visit = await service.visit(SHOP)
    push.asked(SHOP, visit.state, await visit.environment())


async def test_a_server_without_a_door_remembers_nobody(repository: GitRepository) -> None:
    """There is nobody whom it could tell, so requests cost nothing more."""
    async with server(git_settings(repository.path)) as (_, push, _place):
        assert push.asked is None


@pytest.mark.parametrize("remote", [False, True])
async def test_those_who_asked_are_kept_in_the_state_directory(
    repository: GitRepository, daemon: Daemon, tmp_path: Path, remote: bool
) -> None:
    """Of a server with remotes always, of one with a local repository if one was named."""
    repository.commit({"shop.yml": "a: 1\n"})
    state = tmp_path / "state"
    settings = replace(
        git_settings(daemon.uri("config") if remote else repository.path),
        push=PushSettings(enabled=True),
        own=OwnSettings(state_dir=state),
    )
    async with server(settings) as (service, push, place):
        await until(lambda: not remote or place.health.ready())
        await _ask(service, push)
        async with server(settings) as (other, other_push, _):
            assert other is not service
            assert other_push.asked is not None
            await asyncio.sleep(0.01)
    assert [known.query for known in recall(state / FILE, 10)] == [SHOP]


async def test_a_local_server_without_a_state_directory_writes_nothing(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It remembers in memory only."""
    monkeypatch.setenv("HOME", str(tmp_path))
    repository.commit({"shop.yml": "a: 1\n"})
    settings = replace(git_settings(repository.path), push=PushSettings(enabled=True))
    async with server(settings) as (service, push, _):
        await _ask(service, push)
    assert not list(await asyncio.to_thread(lambda: list(tmp_path.rglob(FILE))))


async def test_a_commit_in_a_local_repository_needs_no_hint(repository: GitRepository) -> None:
    """While anybody has to be told, its refs are looked at."""
    repository.commit({"shop.yml": "a: 1\n"})
    rung: list[object] = []
    async with opened(git_settings(repository.path), alone=False) as place:
        await place.fixed[0].refresh()
        place.bell.listen = rung.append
        wanted = used = 0
        following = asyncio.create_task(
            follow(
                lambda: place.fixed,
                wanted=lambda: wanted,
                epoch=lambda: used,
                renewed=lambda: rung.append("keys"),
            )
        )
        await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\n"})
        await asyncio.sleep(0.1)
        assert not rung
        wanted = 1
        await until(lambda: rung)
        used = 1
        await until(lambda: "keys" in rung)
        await asyncio.to_thread((repository.path / ".git").rename, repository.path / "gone")
        await asyncio.sleep(0.1)
        assert not following.done()
        following.cancel()


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("https://me:s3cret@github.com/org/{application}", 200),
        ("git@github.com:org/{application}-{label}.git", 422),
        ("https://github.com/other/{application}", 422),
    ],
)
async def test_a_webhook_may_be_of_what_nobody_asked_for_yet(
    uri: str, status: int, tmp_path: Path, repository: GitRepository
) -> None:
    """A URI with placeholders means it, too; a Git host gives up who refuses."""
    repository.commit({"shop.yml": "a: 1\n"})
    repos = {"org": NestedGitSettings(uri=uri, pattern=("team-*",))}
    settings = git_settings(repository.path, repos=repos)
    settings = replace(settings, own=OwnSettings(state_dir=tmp_path / "state"))
    async with server(settings) as (service, push, _):
        application = create_app(service, options=WebOptions(), extensions=push.extensions)
        client: TestClient[Request, Application] = TestClient(TestServer(application))
        async with client:
            headers = {"Content-Type": "application/json", **GITHUB.headers}
            reply = await client.post("/monitor", data=GITHUB.body, headers=headers)
            assert reply.status == status


def test_a_refresh_says_what_is_needed() -> None:
    """A look that nobody gave a hint for has an origin of its own."""
    assert Refresh(id="1", changes=()).origin == "look"
