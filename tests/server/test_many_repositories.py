"""A server with several repositories, one of which its clients name, behind a `git daemon`."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.backends.conftest import Daemon, GitRepository
from tests.conformance.player import HOST, OURS, free_port, serving

GIT = "spring.cloud.config.server.git"


@contextmanager
def running(where: Path, settings: Mapping[str, str]) -> Iterator[int]:
    """Start a server and yield its port."""
    where.mkdir(exist_ok=True)
    port = free_port()
    config = where / "application.yml"
    known = {"server.port": str(port), "server.address": HOST, **settings}
    config.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in known.items()))
    line = [part.format(config=config, port=port, work=where) for part in shlex.split(OURS)]
    with serving(line, port, where):
        yield port


def ask(port: int, path: str) -> tuple[int, dict[str, Any], Message]:
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        return response.status, json.loads(body) if body else {}, response.headers
    finally:
        connection.close()


def sources(answer: Mapping[str, Any]) -> list[str]:
    return [source["name"] for source in answer["propertySources"]]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    folder = tmp_path / "remotes"
    for name in ("default", "foo", "bar", "baz", "org/deep", "dev"):
        GitRepository(folder / name).commit({"application.yml": f"is: {name}\n"})
    served = Daemon(folder)
    served.start()
    yield served
    served.stop()


def test_names_in_requests_lead_to_repositories(daemon: Daemon, tmp_path: Path) -> None:
    settings = {
        f"{GIT}.uri": daemon.uri("default"),
        f"{GIT}.clone-on-start": "true",
        f"{GIT}.repos.by-profile.pattern": "by-*",
        f"{GIT}.repos.by-profile.uri": daemon.uri("{profile}"),
        f"{GIT}.repos.team.pattern": "foo,ba*,org/*,nope*",
        f"{GIT}.repos.team.uri": daemon.uri("{application}"),
        f"{GIT}.repos.team.clone-on-start": "true",
        "configserver.max-mirrors": "2",
    }
    with running(tmp_path / "work", settings) as port:
        for path, name in (
            ("/foo/dev", "foo"),
            ("/bar/dev", "bar"),
            ("/org(_)deep/dev", "org/deep"),
            ("/baz/dev", "baz"),
            ("/foo/dev", "foo"),
            ("/other/dev", "default"),
            ("/by-profile/dev,nope", "dev"),
            ("/by-profile/nope,dev", "dev"),
        ):
            status, answer, _ = ask(port, path)
            assert (status, path) == (200, path)
            assert sources(answer) == [f"{daemon.uri(name)}/application.yml"]
        for path in ("/nope-1/dev", "/ba,bar/dev", "/by-profile/nope", "/bar.lock/dev"):
            status, answer, _ = ask(port, path)
            assert (status, answer["path"]) == (404, path)
        mirrors = [place.name for place in (tmp_path / "work").glob("state/mirrors/*")]
        assert len(mirrors) <= 3


def test_a_repository_that_is_down_fails_its_requests_and_no_others(
    daemon: Daemon, tmp_path: Path
) -> None:
    down = f"git://{HOST}:{free_port()}/down"
    settings = {
        f"{GIT}.uri": daemon.uri("default"),
        f"{GIT}.repos.team.uri": down,
        f"{GIT}.repos.team.pattern": "team*",
        f"{GIT}.timeout": "2",
    }
    with running(tmp_path / "strict", settings) as port:
        status, answer, _ = ask(port, "/team/dev")
        assert (status, answer["repository"]) == (503, down)
        assert "the repository 'team' cannot be served" in answer["message"]
        assert ask(port, "/team/dev/main/x.txt")[0] == 503
        assert ask(port, "/other/dev")[0] == 200
    settings["configserver.git.fall-through"] = "true"
    with running(tmp_path / "lenient", settings) as port:
        for _ in range(2):
            status, answer, headers = ask(port, "/team/dev")
            assert sources(answer) == [f"{daemon.uri('default')}/application.yml"]
            assert headers["X-Config-Repository"] == daemon.uri("default")
            assert headers["X-Config-Stale"] == "true"
        assert ask(port, "/actuator/info")[1]["answers"] == {
            "cached": 1,
            "resolved": 1,
            "errors": 0,
        }


def test_a_composite_without_one_of_its_members(daemon: Daemon, tmp_path: Path) -> None:
    down = f"git://{HOST}:{free_port()}/down"
    listed = "spring.cloud.config.server.composite"
    settings = {
        "spring.profiles.active": "composite",
        f"{listed}[0].type": "git",
        f"{listed}[0].uri": down,
        f"{listed}[0].timeout": "2",
        f"{listed}[1].type": "git",
        f"{listed}[1].uri": daemon.uri("{application}"),
        f"{listed}[2].type": "git",
        f"{listed}[2].uri": daemon.uri("default"),
        "spring.cloud.config.server.fail-on-composite-error": "false",
    }
    with running(tmp_path / "work", settings) as port:
        for path, found, skipped in (
            ("/foo/dev", ["foo", "default"], [down]),
            ("/nope/dev", ["default"], [down, daemon.uri("nope")]),
            ("/a,b/dev", ["default"], [down, daemon.uri("{application}")]),
        ):
            for _ in range(2):
                status, answer, headers = ask(port, path)
                assert status == 200
                assert sources(answer) == [f"{daemon.uri(name)}/application.yml" for name in found]
                shown = ", ".join(skipped).replace("{", "%7B").replace("}", "%7D")
                assert headers["X-Config-Skipped"] == shown
        assert ask(port, "/actuator/info")[1]["answers"]["cached"] == 3
    settings["spring.cloud.config.server.fail-on-composite-error"] = "true"
    with running(tmp_path / "strict", settings) as port:
        assert ask(port, "/foo/dev")[0] in {404, 503}
