"""Webhooks of a whole server on a remote: who may make it fetch, and what is served then."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from sys import executable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.backends.conftest import Daemon, GitRepository
from tests.conformance.player import serving
from tests.peers.processes import free_port, program
from tests.peers.relay import Relay
from tests.push.webhooks.samples import GITHUB, GITLAB, SECRET, Sample, hub_256

GIT = "spring.cloud.config.server.git"
JSON = {"Content-Type": "application/json"}
QUIET = 0.4
"""Seconds in which a server that was told of a push would have fetched long ago."""


@dataclass(frozen=True)
class Site:
    """A server that looks at its remote only if it is told to.

    Attributes:
        relay: between server and remote; counts connections.
    """

    port: int
    relay: Relay
    repository: GitRepository
    log: Path

    def ask(self, target: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(f"http://127.0.0.1:{self.port}{target}", body, named)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, error.read()

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        return self.ask("/monitor", body, **headers)[0]

    @property
    def served(self) -> Any:
        _, environment = self.ask("/shop/dev")
        return environment["propertySources"][0]["source"]["n"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    program("git")
    repository = GitRepository(tmp_path / "work" / "config")
    repository.commit({"shop.yml": "n: 0\n"})
    daemon = Daemon(tmp_path / "work")
    daemon.start()
    try:
        with Relay(daemon.port) as relay:
            settings = {
                f"{GIT}.uri": f"git://127.0.0.1:{relay.port}/config",
                f"{GIT}.refresh-rate": 3600,
                "configserver.webhooks.secret": SECRET,
            }
            config = tmp_path / "application.yml"
            config.write_text(json.dumps(settings))
            port = free_port()
            line = f"{quote(executable)} -m configserver serve --host 127.0.0.1 --port {port}"
            options = ["--config", str(config), "--state-dir", str(tmp_path / "state")]
            with serving([*line.split(), *options], port, tmp_path) as log:
                yield Site(port, relay, repository, log)
    finally:
        daemon.stop()


def payload(host: str, sample: Sample = GITHUB) -> bytes:
    """Return a push to a repository `config` of another host."""
    return sample.body.replace(b"github.com", host.encode()).replace(b"org/config", b"config")


def test_only_who_knows_the_secret_makes_it_fetch(site: Site) -> None:
    assert site.served == 0
    site.repository.commit({"shop.yml": "n: 1\n"})
    body, elsewhere = payload("127.0.0.1"), payload("git.example.org")
    shown, deep = {"X-Configserver-Token": SECRET, **JSON}, b'{"a":' * 500 + b"1" + b"}" * 500
    unsigned = {**JSON, **GITHUB.headers}
    before = site.relay.connections
    refused = [
        (body, unsigned, 401),
        (body, GITHUB.signed(body=body, secret="another"), 401),
        (body + b" ", GITHUB.signed(body=body), 401),
        (body, {**unsigned, "X-Hub-Signature": "sha1=" + "0" * 40}, 401),
        (GITLAB.body, GITLAB.signed(secret="another"), 401),
        (b"path=shop.yml", {"Content-Type": "application/x-www-form-urlencoded"}, 401),
        (elsewhere, GITHUB.signed(body=elsewhere), 422),
        (deep, shown, 400),
        (b"{", shown, 400),
        (b" " * (1 << 21), shown, 413),
        (body, {**shown, "Content-Type": "text/plain"}, 415),
    ]
    for content, headers, status in refused:
        assert site.post(content, headers) == status
    time.sleep(QUIET)
    assert (site.relay.connections, site.served) == (before, 0)
    assert site.post(body, GITHUB.signed(body=body)) == 200
    _wait_for(site, 1)
    fetched = site.relay.connections
    assert fetched > before
    assert site.post(body, GITHUB.signed(body=body)) == 409
    time.sleep(QUIET)
    assert site.relay.connections == fetched
    assert SECRET not in site.log.read_text()
    assert "without a secret" not in site.log.read_text()


def test_paths_from_anybody_are_a_push_to_each_repository(site: Site) -> None:
    assert site.served == 0
    site.repository.commit({"shop.yml": "n: 1\n"})
    body = b'{"path":"shop-dev.yml"}'
    assert site.ask("/monitor", body, **JSON, **hub_256(body, SECRET)) == (
        200,
        ["shop-dev", "shop"],
    )
    _wait_for(site, 1)


def _wait_for(site: Site, number: int) -> None:
    limit = time.monotonic() + 5
    while site.served != number:
        assert time.monotonic() < limit, "what was pushed is not served"
        time.sleep(0.02)
