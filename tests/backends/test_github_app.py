"""GitHub Apps: tokens are minted by an API that checks signatures, kept, renewed and used."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configserver.backends.git.access import Access, GitHubApp, Proxy
from configserver.backends.git.faults import Fault
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.talking import failure, look, without_proxies
from tests.peers.github import GitHubApi
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.proxy import HttpProxy


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def commit(repository: GitRepository) -> str:
    return repository.commit({"application.yml": "a: 1"})


@pytest.fixture
def host(repository: GitRepository) -> Iterator[HttpGit]:
    with HttpGit(repository.path.parent, users={"nobody": "x"}) as served:
        yield served


@pytest.fixture
def github(host: HttpGit) -> Iterator[GitHubApi]:
    """An API whose newest token alone opens the Git host."""
    with GitHubApi(lambda token: host.set_users({"x-access-token": token})) as api:
        yield api


@pytest.fixture
def app(github: GitHubApi) -> GitHubApp:
    return GitHubApp("app-1", "77", private_key=Secret(github.private_key), api=github.api)


def test_a_token_is_minted_once_and_used(
    host: HttpGit, commit: str, github: GitHubApi, app: GitHubApp
) -> None:
    for _ in range(3):
        assert look(host.uri("config"), Access(github_app=app)) == commit
    assert len(github.claims) == 1
    (claims,) = github.claims
    assert claims["iss"] == "app-1"
    assert claims["iat"] < time.time() < claims["exp"] < time.time() + 600


def test_the_key_may_be_in_a_file(
    host: HttpGit, commit: str, github: GitHubApi, app: GitHubApp, tmp_path: Path
) -> None:
    file = tmp_path / "app.pem"
    file.write_text(github.private_key)
    with_file = replace(app, private_key=None, private_key_file=str(file))
    assert look(host.uri("config"), Access(github_app=with_file)) == commit


def test_a_refused_token_is_minted_anew(
    host: HttpGit, commit: str, github: GitHubApi, app: GitHubApp
) -> None:
    access = Access(github_app=app)
    look(host.uri("config"), access)
    host.set_users({"x-access-token": "revoked"})
    assert look(host.uri("config"), access) == commit
    assert len(github.claims) == 2


def test_a_token_that_goes_on_being_refused_is_minted_anew_once(
    host: HttpGit, github: GitHubApi, app: GitHubApp
) -> None:
    host.answer_with(401)
    assert failure(host.uri("config"), Access(github_app=app)).fault is Fault.LOGIN
    assert len(github.claims) == 2
    assert len(host.requests(2)) == 2


def test_a_token_is_renewed_before_its_last_fifth(
    host: HttpGit, commit: str, github: GitHubApi, app: GitHubApp
) -> None:
    github.life = 4
    access = Access(github_app=app)
    look(host.uri("config"), access)
    minted = time.monotonic()
    look(host.uri("config"), access)
    assert len(github.claims) == 1 or time.monotonic() - minted > 2
    time.sleep(max(0, 3.5 - (time.monotonic() - minted)))
    assert look(host.uri("config"), access) == commit
    assert len(github.claims) >= 2
    assert {request.status for request in host.requests()} == {200}


def test_the_api_is_reached_through_the_proxy(
    host: HttpGit, commit: str, github: GitHubApi, app: GitHubApp
) -> None:
    del github
    with HttpProxy() as proxy:
        access = Access(github_app=app, http_proxy=Proxy(proxy.host, proxy.port))
        assert look(host.uri("config"), access) == commit
        assert "POST http://127.0.0.1" in proxy.requests(1)[0]


@pytest.mark.parametrize(
    ("status", "fault", "said"),
    [
        (403, Fault.CREDENTIALS, "grants the GitHub App no token (status 403)"),
        (404, Fault.CREDENTIALS, "knows no such installation of the GitHub App"),
        (500, Fault.SERVER, "has trouble (status 500)"),
    ],
)
def test_an_api_that_refuses(
    host: HttpGit, github: GitHubApi, app: GitHubApp, *, status: int, fault: Fault, said: str
) -> None:
    github.status = status
    found = failure(host.uri("config"), Access(github_app=app))
    assert found.fault is fault
    assert found.reason.endswith(said)
    assert host.requests() == []


def test_another_app_s_key(host: HttpGit, github: GitHubApi, app: GitHubApp) -> None:
    stranger = GitHubApi(lambda _: None)
    with stranger:
        key = Secret(stranger.private_key)
    found = failure(host.uri("config"), Access(github_app=replace(app, private_key=key)))
    assert found.fault is Fault.CREDENTIALS
    assert "does not accept the GitHub App's id and private key" in found.reason
    assert github.claims == []


@pytest.mark.parametrize("key", ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nx\n"])
def test_a_key_that_is_none(key: str) -> None:
    app = GitHubApp("app-1", "77", private_key=Secret(key), api="http://127.0.0.1:1")
    found = failure("http://127.0.0.1:1/config", Access(github_app=app))
    assert (found.fault, found.reason) == (
        Fault.CREDENTIALS,
        "the GitHub App's private key is no RSA key in PEM",
    )


def test_an_api_that_is_not_there(app: GitHubApp) -> None:
    port = free_port()
    lost = replace(app, api=f"http://127.0.0.1:{port}")
    found = failure("http://127.0.0.1:1/config", Access(github_app=lost))
    assert (found.fault, found.reason) == (Fault.CONNECT, f"127.0.0.1:{port} refuses connections")
