"""Logging in as operators configure it: settings in YAML, a real host, and no secret told."""

import asyncio
import textwrap
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from configserver.backends.git import breaker
from configserver.secret import mask_uris
from tests.backends.conftest import GitRepository
from tests.backends.ssh_cases import PASSPHRASE, private, public
from tests.backends.talking import without_proxies
from tests.peers.authority import Authority
from tests.peers.github import GitHubApi
from tests.peers.http_git import HttpGit
from tests.peers.proxy import HttpProxy
from tests.peers.ssh_git import SshHost
from tests.server.sites import Log, Site, assert_clean, logging_to, seen_from_outside, site

SECRET = "canary-login-5519"
OTHER = "canary-other-8264"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setattr(breaker, "FIRST_LOGIN", 0.2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with logging_to(tmp_path / "log") as found:
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "remotes" / "config")
    made.commit({"shop.yml": "n: 0\n"})
    return made


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@asynccontextmanager
async def serving(
    tmp_path: Path, log: Log, text: str, repository: GitRepository, *, secrets: Sequence[str] = ()
) -> AsyncIterator[Site]:
    """Serve what settings say; see that the repository's commit is, and that no secret is told."""
    async with site(tmp_path / "server", textwrap.dedent(text)) as served:
        await fresh(served, repository)
        yield served
        assert_clean(
            (SECRET, OTHER, *secrets), log.file.read_text(), *served.said, seen_from_outside()
        )
        assert not log.events("remote failed") or log.events("remote is back")


async def fresh(served: Site, repository: GitRepository) -> None:
    """Wait until the newest commit is answered as not stale."""
    commit = await asyncio.to_thread(repository.git, "rev-parse", "main")
    answer = await served.until(lambda answer: answer.is_fresh(commit))
    assert int(answer.headers["X-Config-Age"]) < 20


HELPER = f"""#!/bin/sh
test "$1" = get || exit 0
echo username=bot
echo password={SECRET}
"""

WAYS = {
    "user and password": f"""
        spring.cloud.config.server.git:
          username: bot
          password: {SECRET}
        """,
    "user and password in the URI": "",
    "password from a file": """
        spring.cloud.config.server.git.username: bot
        configserver.git.password-file: {folder}/secret
        """,
    "token": f"""
        configserver.git.token: {SECRET}
        """,
    "token with a user": f"""
        spring.cloud.config.server.git.username: bot
        configserver:
          git:
            token: {SECRET}
        """,
    "helper": """
        configserver.git.credential-helper: {folder}/helper
        """,
}


@pytest.mark.parametrize("way", WAYS)
async def test_with_a_password_over_https(
    way: str,
    repository: GitRepository,
    authority: Authority,
    tmp_path: Path,
    log: Log,
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    helper = tmp_path / "helper"
    helper.write_text(HELPER)
    helper.chmod(0o755)
    users = {"bot": SECRET, "x-access-token": SECRET}
    with HttpGit(repository.path.parent, users=users, tls=authority.server()) as host:
        user = f"bot:{SECRET}" if way.endswith("URI") else ""
        settings = f"""
        spring.cloud.config.server.git.uri: {host.uri("config", user=user)}
        configserver.git.ca-file: {authority.ca_file}
        {WAYS[way].format(folder=tmp_path)}"""
        async with serving(tmp_path, log, settings, repository) as served:
            shown = await served.health(mask_uris(host.uri("config", user=user)))
            assert shown["status"] == "UP"


async def test_with_a_bearer_token(
    repository: GitRepository,
    authority: Authority,
    tmp_path: Path,
    log: Log,
) -> None:
    with HttpGit(repository.path.parent, bearer=SECRET, tls=authority.server()) as host:
        settings = f"""
        spring.cloud.config.server.git.uri: {host.uri("config")}
        configserver.git:
          bearer: {SECRET}
          ca-file: {authority.ca_file}
        """
        async with serving(tmp_path, log, settings, repository):
            pass


@pytest.mark.parametrize("apart", [True, False])
async def test_with_a_client_certificate(
    repository: GitRepository, authority: Authority, tmp_path: Path, log: Log, *, apart: bool
) -> None:
    server, client = authority.server(), authority.client()
    together = tmp_path / "both.pem"
    together.write_bytes(client.file.read_bytes() + client.key.read_bytes())
    shown = f"client-key: {client.key}" if apart else ""
    with HttpGit(repository.path.parent, tls=server, client_ca=authority.ca_file) as host:
        settings = f"""
        spring.cloud.config.server.git.uri: {host.uri("config")}
        configserver.git:
          ca-file: {authority.ca_file}
          client-certificate: {client.file if apart else together}
          {shown}
        """
        key = client.key.read_text()
        async with serving(tmp_path, log, settings, repository, secrets=[key]):
            pass


async def test_a_token_file_that_is_rotated(
    repository: GitRepository, tmp_path: Path, log: Log
) -> None:
    """A new token is used without anybody noticing; one that comes late, as soon as it is there."""
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    with HttpGit(repository.path.parent, users={"x-access-token": SECRET}) as host:
        settings = f"""
        spring.cloud.config.server.git:
          uri: {host.uri("config")}
          refresh-rate: 0
          timeout: 10
        configserver.git.token-file: {file}
        """
        async with serving(tmp_path, log, settings, repository) as served:
            file.write_text(OTHER)
            host.set_users({"x-access-token": OTHER})
            commit = await asyncio.to_thread(repository.commit, {"shop.yml": "n: 1\n"})
            assert (await served.get()).is_fresh(commit)
            assert not log.events("remote failed")
            host.set_users({"x-access-token": SECRET})
            assert (await served.get()).stale == "true"
            shown = await served.failing(host.uri("config"))
            assert (shown["status"], shown["fault"]) == ("DEGRADED", "login")
            file.write_text(SECRET)
            await fresh(served, repository)


@pytest.mark.parametrize("from_file", [True, False])
async def test_with_the_tokens_of_a_github_app(
    repository: GitRepository, tmp_path: Path, log: Log, *, from_file: bool
) -> None:
    """A token that the host does not know any more is made anew, and nobody notices."""
    with (
        HttpGit(repository.path.parent, users={"nobody": "x"}) as host,
        GitHubApi(lambda token: host.set_users({"x-access-token": token})) as api,
    ):
        file = tmp_path / "app.pem"
        file.write_text(api.private_key)
        text = textwrap.indent(f"|\n{textwrap.indent(api.private_key, '  ')}", " " * 14)
        settings = f"""
        spring.cloud.config.server.git:
          uri: {host.uri("config")}
          refresh-rate: 0
          timeout: 10
        configserver.git.github-app:
          app-id: app-1
          installation-id: "77"
          api: {api.api}
          {f"private-key-file: {file}" if from_file else f"private-key: {text.lstrip()}"}
        """
        secrets = [api.private_key, "ghs_canary1", "ghs_canary2"]
        async with serving(tmp_path, log, settings, repository, secrets=secrets) as served:
            host.set_users({"nobody": "x"})
            commit = await asyncio.to_thread(repository.commit, {"shop.yml": "n: 1\n"})
            assert (await served.get()).is_fresh(commit)
            assert len(api.claims) == 2


@pytest.mark.parametrize("scheme", ["http", "https", "ssh"])
async def test_through_a_proxy_that_wants_a_password(
    scheme: str, repository: GitRepository, authority: Authority, tmp_path: Path, log: Log
) -> None:
    """What is set as `proxy.http` serves all schemes."""
    with (
        HttpProxy(login=("joe", SECRET)) as proxy,
        HttpGit(
            repository.path.parent, tls=authority.server() if scheme == "https" else None
        ) as web,
        SshHost(repository.path.parent) as sshd,
    ):
        sshd.allow(public())
        uri = sshd.uri(f"{repository.path}") if scheme == "ssh" else web.uri("config")
        settings = f"""
        spring.cloud.config.server.git:
          uri: {uri}
          proxy.http:
            host: {proxy.host}
            port: {proxy.port}
            username: joe
            password: {SECRET}
          ignore-local-ssh-settings: true
          host-key: {sshd.key.base64}
          host-key-algorithm: {sshd.key.algorithm}
          private-key: |
{textwrap.indent(private(), " " * 12)}
        configserver.git.ca-file: {authority.ca_file}
        """
        async with serving(tmp_path, log, settings, repository, secrets=[private()]):
            assert proxy.requests(1)


KEYS = {
    "key text": """
          private-key: |
{key}
        """,
    "locked key text": f"""
          passphrase: {PASSPHRASE}
          private-key: |
{{locked}}
        """,
    "key file": """
        configserver.git.private-key-files: {folder}/wrong, {folder}/key
        """,
    "locked key file": """
        configserver:
          git:
            private-key-files: {folder}/locked
            passphrase-file: {folder}/passphrase
        """,
}


@pytest.mark.parametrize("trust", ["host-key", "known-hosts-file"])
@pytest.mark.parametrize("way", KEYS)
async def test_with_a_key_over_ssh(
    way: str, trust: str, repository: GitRepository, tmp_path: Path, log: Log
) -> None:
    key, locked = private(n=1), private(locked=True, n=1)
    files = {"key": key, "locked": locked, "wrong": private(n=2), "passphrase": f"{PASSPHRASE}\n"}
    with SshHost(repository.path.parent) as host:
        host.allow(public(n=1), "/config")
        for name, text in {**files, "known": host.known_hosts()}.items():
            (tmp_path / name).touch(0o600)
            (tmp_path / name).write_text(text)
        trusted = {
            "host-key": f"host-key: {host.key.base64}\n          "
            f"host-key-algorithm: {host.key.algorithm}",
            "known-hosts-file": f"known-hosts-file: {tmp_path}/known",
        }[trust]
        shown = KEYS[way].format(
            folder=tmp_path,
            key=textwrap.indent(key, " " * 12),
            locked=textwrap.indent(locked, " " * 12),
        )
        settings = f"""
        spring.cloud.config.server.git:
          uri: {host.uri(str(repository.path))}
          ignore-local-ssh-settings: true
          {trusted}{shown}"""
        secrets = [key, locked, PASSPHRASE]
        async with serving(tmp_path, log, settings, repository, secrets=secrets):
            pass
