"""kill -9 of the server, or of the process that fetches, at random moments of clone and fetch.

Every restart serves a commit that the remote had, whole, and nothing is left behind.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.backends.conftest import Daemon, GitRepository

ROUNDS = 25
FILES = 400
PATIENCE = 30

Kill = Callable[["Process"], None]


class Process:
    """A server as a process of its own, on one state directory."""

    def __init__(self, uri: str, state: Path) -> None:
        self._command = [
            *(sys.executable, "-m", "configserver", "serve", "--port", "0", "--host", "127.0.0.1"),
            *("--git-uri", uri, "--state-dir", str(state)),
            *("--set", "spring.cloud.config.server.git.refresh-rate=0"),
        ]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and return as soon as it is running, long before it listens."""
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def base(self) -> str:
        """Return its URL once it listens."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            pytest.fail(self._process.stderr.read())
        return line.split()[-1]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def children(self) -> list[int]:
        """Return the processes that it has started."""
        found: list[int] = []
        for task in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, task.read_text().split())
        return found

    def kill(self) -> None:
        """Kill it, and only it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        with self._process as process:
            process.wait(PATIENCE)
        self._process = None


def kill_server(process: Process) -> None:
    process.kill()


def kill_child(process: Process) -> None:
    """Kill what fetches, if it is there at the moment; then end the server by the same means."""
    for pid in process.children():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.kill()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Daemon, GitRepository]]:
    (tmp_path / "work").mkdir()
    repository = GitRepository(tmp_path / "work" / "config")
    repository.commit({f"app{n}.yml": f"value: {random.random()}\n" * 50 for n in range(FILES)})
    daemon = Daemon(tmp_path / "work")
    daemon.start()
    yield daemon, repository
    daemon.stop()


def asked(base: str) -> tuple[int, dict[str, object]]:
    """Return what the server answers for the application."""
    try:
        with urlopen(f"{base}/shop/dev", timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def answer(base: str) -> tuple[str, str]:
    """Return the commit that is served, and the number that its file holds.

    A clone takes longer than a request waits for it: the answer is 404 until it is there.
    """
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        status, body = asked(base)
        if status == 200:
            sources = body["propertySources"]
            assert isinstance(sources, list)
            values = {key: value for source in sources for key, value in source["source"].items()}
            return str(body["version"]), str(values["number"])
        time.sleep(0.02)
    pytest.fail("never served")


def left_behind(state: Path) -> list[str]:
    """Return what should not be there while a server is running and idle."""
    files = [path.relative_to(state).as_posix() for path in state.rglob("*")]
    strange = ("tmp", "new-", "old-", ".lock", "~")
    return [name for name in files if any(part in name for part in strange)]


def settled(state: Path) -> None:
    """Wait until nothing is left behind."""
    limit = time.monotonic() + PATIENCE
    while left_behind(state) and time.monotonic() < limit:
        time.sleep(0.05)
    assert left_behind(state) == []


def mirrors(state: Path) -> int:
    return sum(1 for path in state.rglob("packed-refs") if path.is_file())


def gone(pids: list[int]) -> None:
    """Wait until processes have ended by themselves."""
    limit = time.monotonic() + PATIENCE
    while any(_runs(pid) for pid in pids) and time.monotonic() < limit:
        time.sleep(0.01)
    assert [pid for pid in pids if _runs(pid)] == []


def _runs(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kill", [kill_server, kill_child])
def test_killed_while_cloning(
    host: tuple[Daemon, GitRepository], tmp_path: Path, kill: Kill
) -> None:
    """The state directory is never emptied by us: each start meets what the last one left."""
    daemon, repository = host
    commit = repository.commit({"shop.yml": "number: 1\n"})
    chance = random.Random(4)
    process = Process(daemon.uri("config"), tmp_path / "state")
    for number in range(ROUNDS):
        state = tmp_path / f"state{number // 3}"
        process = Process(daemon.uri("config"), state)
        process.start()
        time.sleep(chance.uniform(0.2, 1.2))
        children = process.children()
        kill(process)
        gone(children)
        process.start()
        assert answer(process.base()) == (commit, "1")
        settled(state)
        assert mirrors(state) == 1
        children = process.children()
        if number % 3 == 2:
            process.stop()
        else:
            process.kill()
        gone(children)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kill", [kill_server, kill_child])
def test_killed_while_fetching(
    host: tuple[Daemon, GitRepository], tmp_path: Path, kill: Kill
) -> None:
    """Each commit is a change of many files, and its number: what is served fits together."""
    daemon, repository = host
    state = tmp_path / "state"
    commits = {repository.commit({"shop.yml": "number: 0\n"}): "0"}
    chance = random.Random(5)
    process = Process(daemon.uri("config"), state)
    process.start()
    base = process.base()
    assert answer(base) in commits.items()
    for number in range(1, ROUNDS + 1):
        files = {f"app{n}.yml": f"value: {chance.random()}\n" * 50 for n in range(FILES // 4)}
        commits[repository.commit({**files, "shop.yml": f"number: {number}\n"})] = str(number)
        poke = subprocess.Popen(["curl", "-s", "-o", os.devnull, "-m", "5", f"{base}/shop/dev"])
        time.sleep(chance.uniform(0, 0.25))
        children = process.children()
        kill(process)
        poke.wait()
        gone(children)
        daemon.stop()
        process.start()
        base = process.base()
        assert answer(base) in commits.items(), "from the mirror alone"
        daemon.start()
    limit = time.monotonic() + PATIENCE
    while answer(base)[1] != str(ROUNDS) and time.monotonic() < limit:
        time.sleep(0.05)
    assert answer(base)[1] == str(ROUNDS)
    settled(state)
    assert mirrors(state) == 1
    process.stop()
