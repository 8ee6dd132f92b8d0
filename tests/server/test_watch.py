"""The server as a process is watched: from a commit to an event, over restarts."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import commit

Start = Callable[..., "Served"]


class Served:
    """A server on a repository."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline().rstrip().rpartition(":")[2])
        self._open: list[http.client.HTTPConnection | http.client.HTTPResponse] = []

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        response = connection.getresponse()
        self._open += [response, connection]
        return response

    def stream(self, path: str, **headers: str) -> Iterator[tuple[str, str, Any]]:
        """Yield name, id and data of events."""
        response = self.get(path, Accept="text/event-stream", **headers)
        assert response.status == 200, response.read()
        fields: dict[str, str] = {}
        while line := response.readline().decode():
            if line != "\n":
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
                continue
            if "data" in fields:
                yield fields["event"], fields["id"], json.loads(fields["data"])
            fields = {}

    def hang_up(self) -> None:
        """Close all connections."""
        for one in self._open:
            one.close()

    def end(self) -> float:
        """End it with a signal; return how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        with self.process:
            assert self.process.wait(20) == 0
        return time.monotonic() - began


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a server on the repository `r`."""
    running: list[Served] = []

    def started(*words: str) -> Served:
        line = [sys.executable, "-m", "configserver", "serve", "--port", "0", "--host", "127.0.0.1"]
        places = ["--state-dir", str(tmp_path / "state"), "--git-uri", str(tmp_path / "r")]
        served = Served(
            subprocess.Popen(
                [*line, *places, *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        running.append(served)
        return served

    yield started
    for served in running:
        served.hang_up()
        if served.process.poll() is None:
            served.end()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    commit(tmp_path / "r", {"shop.yml": "a: 1\nb: 1\n", "cart.yml": "a: 1\n"})
    return tmp_path / "r"


def test_a_commit_becomes_an_event(start: Start, repository: Path) -> None:
    """With its keys; what changes nothing for the application is none."""
    server = start()
    events = server.stream("/watch/shop/dev")
    name, _, state = next(events)
    version = json.load(server.get("/shop/dev"))["version"]
    assert (name, state["commit"]) == ("state", version)
    commit(repository, {"cart.yml": "a: 2\n"})
    commit(repository, {"shop.yml": "# only a comment\na: 1\nb: 1\n"})
    time.sleep(0.3)
    commit(repository, {"shop.yml": "a: 1\nb: 2\nc: 3\n"})
    name, _, change = next(events)
    assert (name, change["keys"]) == ("change", ["b", "c"])
    assert change["commit"] == json.load(server.get("/shop/dev"))["version"]
    poll = server.get("/watch/shop/dev?wait=20s", If_None_Match=f'"{state["etag"]}"')
    assert json.load(poll)["keys"] == ["b", "c"]


def test_a_client_goes_on_at_a_server_that_was_started_again(
    start: Start, repository: Path
) -> None:
    first = start()
    _, last, state = next(first.stream("/watch/shop/dev"))
    first.end()
    again = start()
    poll = again.get("/watch/shop/dev?wait=100ms", If_None_Match=f'"{state["etag"]}"')
    assert poll.status == 304
    commit(repository, {"shop.yml": "a: 2\n"})
    name, _, change = next(again.stream("/watch/shop/dev", Last_Event_ID=last))
    assert name == "change"
    assert change["previousCommit"] == state["commit"]
    assert change["commit"] == json.load(again.get("/shop/dev"))["version"]


def test_what_is_not_there_cannot_be_watched(start: Start, repository: Path) -> None:
    server = start()
    assert repository.is_dir()
    for accept in ("text/event-stream", "application/json"):
        assert server.get("/watch/shop/dev/nowhere", Accept=accept).status == 404
        assert server.get("/watch/shop/d..v", Accept=accept).status in {400, 404}
    assert server.get("/watch/nobody/dev").status == 200
    assert server.get("/admin/watchers").status == 200  # an application called `admin`
    assert "watchers" not in json.load(server.get("/admin/watchers"))


def test_the_end_of_the_server_is_the_end_of_all_streams(start: Start, repository: Path) -> None:
    server = start("--set", "configserver.watch.admin=true")
    assert repository.is_dir()
    streams = [server.stream(f"/watch/app{number}/dev") for number in range(20)]
    for events in streams:
        next(events)
    assert json.load(server.get("/admin/watchers"))["total"] == 20
    assert server.end() < 5
    assert all(list(events) == [] for events in streams)


def test_it_can_be_switched_off(start: Start, repository: Path) -> None:
    server = start("--set", "configserver.watch.enabled=false")
    assert repository.is_dir()
    assert json.load(server.get("/watch/shop/main"))["name"] == "watch"
