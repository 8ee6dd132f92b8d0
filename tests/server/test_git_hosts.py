"""What clients and operators see of a Git host that fails: each way, over each transport."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.backends.git import breaker
from tests.backends.talking import without_proxies
from tests.peers.processes import free_port
from tests.peers.proxy import HttpProxy
from tests.server.hosts import GIT, OWN, TIMEOUT, Host, host
from tests.server.sites import Log, Site, assert_clean, logging_to, seen_from_outside, site

LONG = 10
SLACK = 4.0
"""Seconds that a busy machine may need on top of each limit."""
AT_ONCE = 1.8
"""Seconds that nobody exceeds who does not wait for the host: less than any limit."""

HOW = [
    *((kind, "hangs on connect", "timeout") for kind in ("http", "https", "ssh", "git")),
    *((kind, "hangs in the pack", "timeout") for kind in ("http", "https", "ssh", "git")),
    *((kind, "cuts the pack", "protocol") for kind in ("http", "https", "ssh", "git")),
    *((kind, "no such repository", "absent") for kind in ("http", "ssh", "git")),
    *((kind, "refuses connections", "connect") for kind in ("http", "ssh", "git")),
    *((kind, "login refused", "login") for kind in ("http", "https", "ssh")),
    ("http", "403", "forbidden"),
    ("http", "404", "absent"),
    ("http", "500", "server"),
    ("https", "expired certificate", "certificate"),
    ("ssh", "changed host key", "host key"),
]
table = pytest.mark.parametrize(("kind", "how", "fault"), HOW)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon, and directly."""
    without_proxies(monkeypatch)
    monkeypatch.setattr(breaker, "FIRST", 0.2)
    monkeypatch.setattr(breaker, "FIRST_LOGIN", 0.2)
    monkeypatch.setattr(breaker, "LONGEST", 0.5)
    monkeypatch.setattr(breaker, "LONGEST_LOGIN", 0.5)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with logging_to(tmp_path / "log") as found:
        yield found


def limits(how: str) -> dict[str, object]:
    """Return settings with a short limit for hosts that hang; others fail before a long one."""
    return {f"{GIT}.timeout": TIMEOUT if how.startswith("hangs") else LONG}


def assert_told(log: Log, made: Host, fault: str) -> None:
    """The log has the failure, with a reason and what to do."""
    told = [one for one in log.events("remote failed") if one["fault"] == fault]
    assert len(told) == 1
    assert told[0]["repository"] == made.uri
    assert told[0]["reason"]
    assert told[0]["hint"]


@table
async def test_a_host_that_fails_before_anything_was_cloned(
    kind: str, how: str, fault: str, tmp_path: Path, log: Log
) -> None:
    with host(kind, tmp_path) as made:
        commit = await asyncio.to_thread(made.fail, how, 1)
        async with site(tmp_path, {**made.settings, **limits(how)}) as served:
            first = await served.get()
            assert (first.status, first.stale) == (404, "true")
            assert first.seconds < TIMEOUT + SLACK
            assert first.body["message"] == "the remote repository was never reached"
            assert first.body["repository"] == made.uri
            health = await served.failing(made.uri)
            shown = (health["code"], health["status"], health["fault"])
            assert shown == (503, "DOWN", fault)
            assert health["breaker"] in {"open", "half-open"}
            again = await served.get()
            assert (again.status, again.seconds < AT_ONCE) == (404, True)
            assert (await served.get("/shop/dev/main/notes.txt")).status == 500
            assert (await served.get("/actuator/health/readiness")).status == 503
            assert (await served.get("/actuator/health/liveness")).status == 200
            assert_told(log, made, fault)
            await asyncio.to_thread(made.mend)
            await served.until(lambda answer: answer.is_fresh(commit))
            await assert_well(served, made, log)


@table
async def test_a_host_that_fails_after_a_good_clone(
    kind: str, how: str, fault: str, tmp_path: Path, log: Log
) -> None:
    with host(kind, tmp_path) as made:
        old = await asyncio.to_thread(made.commit, 1)
        settings = {**made.settings, **limits(how), f"{GIT}.refresh-rate": 0}
        async with site(tmp_path, settings) as served:
            await served.until(lambda answer: answer.is_fresh(old))
            new = await asyncio.to_thread(made.fail, how, 2)
            first = await served.get()
            assert (first.status, first.stale, first.commit) == (200, "true", old)
            assert first.seconds < TIMEOUT + SLACK
            assert int(first.headers["X-Config-Age"]) >= 0
            health = await served.failing(made.uri)
            shown = (health["code"], health["status"], health["fault"], health["commit"])
            assert shown == (200, "DEGRADED", fault, old)
            assert health["breaker"] in {"open", "half-open"}
            again = await served.get()
            assert (again.commit, again.stale, again.seconds < AT_ONCE) == (old, "true", True)
            assert (await served.get("/actuator/health/readiness")).status == 200
            assert_told(log, made, fault)
            await asyncio.to_thread(made.mend)
            await served.until(lambda answer: answer.is_fresh(new))
            await assert_well(served, made, log)


async def assert_well(served: Site, made: Host, log: Log) -> None:
    """All is as if nothing had happened, and no secret was told."""
    health = await served.health(made.uri)
    assert (health["code"], health["status"], health["breaker"]) == (200, "UP", "closed")
    assert "fault" not in health
    assert log.events("remote is back")
    assert_clean(made.secrets, log.file.read_text(), *served.said, seen_from_outside())


NESTED = [
    row
    for row in HOW
    if (row[0] == "ssh" and row[1] in {"changed host key", "hangs on connect", "login refused"})
    or (row[0] == "https" and row[1] in {"expired certificate", "cuts the pack"})
    or row[1] in {"403", "404", "500"}
]


@pytest.mark.parametrize(("kind", "how", "fault"), NESTED)
async def test_a_matched_repository_that_fails(
    kind: str, how: str, fault: str, tmp_path: Path, log: Log
) -> None:
    """It fails its own requests, unless the settings want the default repository to answer."""
    with host(kind, tmp_path) as made:
        default = tmp_path / "remotes" / "default"
        other = await asyncio.to_thread(copied, made, default)
        commit = await asyncio.to_thread(made.fail, how, 1)
        # A host key holds for its host only, and the default repository has none.
        named = {
            name.replace(GIT, f"{GIT}.repos.team") if "host-key" in name else name: value
            for name, value in made.settings.items()
        }
        settings = {
            **named,
            **limits(how),
            f"{GIT}.uri": default.as_uri(),
            f"{GIT}.repos.team.uri": made.uri,
            f"{GIT}.repos.team.pattern": "shop*",
        }
        async with site(tmp_path / "strict", settings) as served:
            answer = await served.get()
            assert (answer.status, answer.stale) == (503, "true")
            assert answer.body["repository"] == made.uri
            assert "the repository 'team' cannot be served" in answer.body["message"]
            assert answer.seconds < TIMEOUT + SLACK
            elsewhere = await served.get("/other/dev")
            assert (elsewhere.status, elsewhere.stale, elsewhere.seconds < AT_ONCE) == (
                *(200, "false"),
                True,
            )
            assert (await served.failing(made.uri))["fault"] == fault
            assert (await served.get("/actuator/health/readiness")).status == 200
            assert_told(log, made, fault)
        async with site(tmp_path / "lenient", {**settings, f"{OWN}.fall-through": True}) as served:
            answer = await served.get()
            assert (answer.status, answer.commit, answer.stale) == (200, other, "true")
            assert answer.headers["X-Config-Repository"] == default.as_uri()
            await asyncio.to_thread(made.mend)
            back = await served.until(lambda answer: answer.is_fresh(commit))
            assert "X-Config-Repository" not in back.headers
            assert_clean(made.secrets, log.file.read_text(), *served.said)


def copied(made: Host, folder: Path) -> str:
    """Copy a host's repository, with a commit of its own."""
    made.repository.git("clone", "-q", ".", str(folder))
    made.repository.git("-C", str(folder), "commit", "-q", "--allow-empty", "-m", "own")
    return made.repository.git("-C", str(folder), "rev-parse", "HEAD")


async def test_repositories_of_one_uri_are_told_apart_in_health(tmp_path: Path) -> None:
    with host("git", tmp_path) as made:
        nested = {f"{GIT}.repos.{name}.uri": made.uri for name in ("billing", "orders")}
        async with site(tmp_path, {**made.settings, **nested}) as served:
            found = (await served.get("/actuator/health/repositories")).body["components"]
            assert list(found) == [made.uri, f"{made.uri} (2)", f"{made.uri} (3)"]


@pytest.mark.parametrize("login", [True, False], ids=["refuses", "is gone"])
async def test_a_proxy_that_fails(login: bool, tmp_path: Path, log: Log) -> None:
    with host("https", tmp_path) as made, HttpProxy(login=("joe", "right")) as proxy:
        secret = "canary-proxy-4471"
        settings = {
            **made.settings,
            f"{GIT}.proxy.http.host": proxy.host,
            f"{GIT}.proxy.http.port": proxy.port if login else free_port(),
            f"{GIT}.proxy.http.username": "joe",
            f"{GIT}.proxy.http.password": secret,
        }
        async with site(tmp_path, settings) as served:
            assert (await served.get()).status == 404
            assert (await served.failing(made.uri))["fault"] == "proxy"
            assert_told(log, made, "proxy")
            assert_clean((*made.secrets, secret), log.file.read_text(), *served.said)
