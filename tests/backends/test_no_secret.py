"""Whatever fails, no error and no log holds a secret."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.backends.git.access import Access, GitHubApp, Proxy
from configserver.backends.git.faults import Unreachable
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.talking import look, without_proxies
from tests.peers.authority import Authority
from tests.peers.github import GitHubApi
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.proxy import HttpProxy
from tests.peers.relay import Relay

CANARY = "c4n4ry"
BASE64 = ("YzRuNHJ5", "M0bjRye", "jNG40cn")
"""What base64 makes of it, at each of three places."""

SECRET = Secret(f"{CANARY}-secret")
CREDENTIALS = {
    "password": Access(username="bot", password=SECRET),
    "token": Access(token=SECRET),
    "bearer": Access(bearer=SECRET),
    "odd bearer": Access(bearer=Secret(f"{CANARY}\nä")),
    "helper": Access(credential_helper=f"!f() {{ echo username=bot; echo password={CANARY}; }}; f"),
    "failing helper": Access(credential_helper=f"!echo {CANARY} >&2; echo {CANARY}; exit 1"),
    "missing helper": Access(credential_helper=f"/{CANARY}/helper"),
    "bad key": Access(github_app=GitHubApp("a", "1", SECRET, api="http://127.0.0.1:1")),
}


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def hosts(repository: GitRepository, tmp_path: Path) -> Iterator[list[str]]:
    """URIs of hosts that fail, each in another way, with a password in each URI."""
    repository.commit({"application.yml": "a: 1"})
    user = f"someone:{CANARY}%40uri"
    folder = repository.path.parent
    authority = Authority(tmp_path / "ca")
    with (
        HttpGit(folder, users={"other": "x"}) as guarded,
        HttpGit(folder, tls=authority.server()) as unknown,
        HttpGit(folder) as broken,
        HttpGit(folder) as page,
        HttpGit(folder) as leading,
        HttpGit(folder) as circle,
        HttpGit(folder) as frozen,
        Relay(page.port) as cut,
    ):
        broken.answer_with(500)
        page.answer_html()
        leading.redirect_to(f"http://{user}@localhost:{guarded.port}")
        circle.redirect_to(circle.uri("").rstrip("/"))
        frozen.freeze()
        cut.cut_after(0)
        named = (guarded, unknown, broken, page, leading, circle, frozen)
        yield [
            *(host.uri("config", user=user) for host in named),
            f"http://{user}@localhost:{cut.port}/config",
            f"http://{user}@localhost:{free_port()}/config",
            f"http://{user}@nowhere.invalid/config",
            f"http://{user}@localhost:{CANARY}/config",
            f"http://{user}@[::{CANARY}/config",
            f"git://{user}@localhost:{free_port()}/config",
            f"git://{user}@nowhere.invalid/config",
        ]


def assert_clean(text: str) -> None:
    for form in (CANARY, *BASE64):
        assert form not in text


@pytest.mark.parametrize("name", CREDENTIALS)
def test_failures_hold_no_secret(
    hosts: list[str], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = set()
    for uri in hosts:
        with pytest.raises(Unreachable) as found:
            look(uri, CREDENTIALS[name], timeout=0.3)
        error = found.value
        seen.add(error.fault)
        assert_clean(f"{error} {error!r} {error.reason} {error.hint}")
        assert_clean("".join(traceback.format_exception(error)))
    assert len(seen) >= 2
    assert_clean(caplog.text)


@pytest.mark.parametrize("tls", [False, True])
def test_proxies_hold_none(
    repository: GitRepository,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tls: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    certificate = Authority(tmp_path / "ca").server() if tls else None
    with (
        HttpGit(repository.path.parent, tls=certificate) as host,
        HttpProxy(login=("joe", "right")) as proxy,
    ):
        wrong = Proxy(proxy.host, proxy.port, username="joe", password=SECRET)
        lost = Proxy("127.0.0.1", free_port(), username="joe", password=SECRET)
        for access in (Access(http_proxy=wrong), Access(http_proxy=lost), Access()):
            monkeypatch.setenv("all_proxy", f"http://joe:{CANARY}@{proxy.host}:{CANARY}")
            with pytest.raises(Unreachable) as found:
                look(host.uri("config"), access, timeout=1)
            assert_clean("".join(traceback.format_exception(found.value)))
            assert_clean(repr(found.value))
    assert_clean(caplog.text)


def test_apps_hold_none(repository: GitRepository, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        HttpGit(repository.path.parent, users={"x": "y"}) as host,
        GitHubApi(lambda _: None) as api,
    ):
        app = GitHubApp("app-1", "77", Secret(api.private_key), api=api.api)
        for status in (201, 500):
            api.status = status
            with pytest.raises(Unreachable) as found:
                look(host.uri("config"), Access(github_app=app))
            shown = "".join(traceback.format_exception(found.value)) + repr(found.value)
            assert "ghs_canary" not in shown + caplog.text
            assert "PRIVATE KEY" not in shown + caplog.text
            assert "eyJ" not in shown + caplog.text
