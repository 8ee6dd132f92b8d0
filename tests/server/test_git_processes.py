"""The server as a process while its Git host is down: what it ends with, serves and tells."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.backends.talking import without_proxies
from tests.peers.ssh_git import descendants
from tests.server.hosts import GIT, host
from tests.server.sites import Log, assert_clean, write_settings

CLONE = {f"{GIT}.clone-on-start": True}
Start = Callable[..., "Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, or a start that ended."""

    process: subprocess.Popen[str]
    log: Path

    def base(self) -> str:
        """Return where it listens, as soon as it does."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()[-1]

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it said."""
        return self.process.wait(20), self.log.read_text()

    def command_lines(self) -> str:
        pids = [self.process.pid, *descendants(self.process.pid)]
        found = ""
        for pid in pids:
            try:
                found += Path(f"/proc/{pid}/cmdline").read_text() + "\n"
            except OSError:  # ended meanwhile
                continue
        return found


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a server on settings, all with one state directory."""
    with ExitStack() as stack:

        def started(settings: Mapping[str, object]) -> Server:
            folder = tmp_path / f"server-{time.monotonic_ns()}"
            config = write_settings(folder, {**settings, "configserver.log-format": "json"})
            command = [sys.executable, "-m", "configserver", "serve", "--config", str(config)]
            command += ["--host", "127.0.0.1", "--port", "0"]
            log = folder / "log"
            with log.open("w") as errors:
                process = subprocess.Popen(
                    [*command, "--state-dir", str(tmp_path / "state")],
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env={**os.environ, "HOME": str(folder)},
                    text=True,
                )
            stack.enter_context(ending(process))
            return Server(process, log)

        yield started


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with process:
            process.wait(20)


def get(url: str) -> tuple[int, Mapping[str, str], str]:
    try:
        with urlopen(url, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


@pytest.mark.parametrize(
    ("kind", "how", "reason"),
    [
        ("http", "refuses connections", "refuses connections"),
        ("https", "expired certificate", "expired"),
        ("http", "login refused", "refuses"),
        ("ssh", "changed host key", "SSH host"),
        ("git", "no such repository", "no such repository"),
    ],
)
def test_a_server_that_has_to_clone_first_ends_without(
    kind: str, how: str, reason: str, tmp_path: Path, start: Start
) -> None:
    with host(kind, tmp_path) as made:
        made.fail(how, 1)
        code, said = start({**made.settings, **CLONE}).ended()
        assert code == 1
        assert reason in said
        assert "clone-on-start" in said
        assert f"  in: {made.uri}" in said
        assert "hint: " in said
        assert "Traceback" not in said
        assert_clean(made.secrets, said)


def test_an_earlier_mirror_is_enough_to_start(tmp_path: Path, start: Start) -> None:
    with host("https", tmp_path) as made:
        first = start({**made.settings, **CLONE})
        status, headers, body = get(first.base() + "/shop/dev")
        assert (status, headers["X-Config-Stale"]) == (200, "false")
        old = json.loads(body)["version"]
        first.process.send_signal(signal.SIGTERM)
        assert first.ended()[0] == 0
        new = made.fail("refuses connections", 1)
        began = time.monotonic()
        second = start({**made.settings, **CLONE})
        base = second.base()
        status, headers, body = get(base + "/shop/dev")
        took = time.monotonic() - began
        assert (status, json.loads(body)["version"]) == (200, old)
        assert took < 10  # a second where nobody else works
        said = [body, str(headers)]
        said += until(base, lambda one, stale: (one, stale) == (old, "true"))
        assert "X-Config-Age" not in headers
        said.append(get(base + "/actuator/health/repositories")[2])
        assert '"fault":"connect"' in said[-1]
        made.mend()
        said += until(base, lambda one, stale: (one, stale) == (new, "false"))
        assert_clean(made.secrets, *said, second.log.read_text(), second.command_lines())
        assert Log(second.log).events("remote is back")


@pytest.mark.parametrize("kind", ["https", "ssh"])
def test_nothing_secret_is_an_argument(kind: str, tmp_path: Path, start: Start) -> None:
    """Not while the server talks to the host, either: it is caught in the middle of a clone."""
    with host(kind, tmp_path) as made:
        made.fail("hangs in the pack", 1)
        server = start({**made.settings, f"{GIT}.timeout": 5})
        limit = time.monotonic() + 20
        while len(made.door.relay.received) < 50_000:
            assert time.monotonic() < limit
            time.sleep(0.01)
        lines = server.command_lines()
        assert len(lines.splitlines()) >= (3 if kind == "ssh" else 2)
        assert_clean(made.secrets, lines)


def test_a_second_server_in_one_state_directory_ends(tmp_path: Path, start: Start) -> None:
    with host("git", tmp_path) as made:
        first = start(made.settings)
        base = first.base()
        code, said = start(made.settings).ended()
        assert code == 2
        assert re.search(rf"in use by another server, process {first.process.pid}\b", said)
        assert str(tmp_path / "state") in said
        assert "hint: " in said
        until(base, lambda _, stale: stale == "false")


def until(base: str, wanted: Callable[[str, str], bool]) -> list[str]:
    """Ask until the commit, and whether it is stale, are as wanted; return all that was said."""
    limit = time.monotonic() + 30
    said = []
    while True:
        status, headers, body = get(base + "/shop/dev")
        said += [body, str(headers)]
        if wanted(json.loads(body).get("version", ""), headers["X-Config-Stale"]):
            assert status == 200
            return said
        assert time.monotonic() < limit, (status, headers, body)
        time.sleep(0.05)
