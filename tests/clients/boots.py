"""A Spring Boot application on a bus, the server that configures it, and commits."""

import json
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.cases import Entry
from tests.conformance.player import HOST, OURS, free_port, serving, stop
from tests.conformance.repositories import create_repository, git, import_branches

_START = 120.0
_PATIENCE = 60.0

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository that is pushed to, and a clone to work in."""

    bare: Path
    clone: Path

    def push(self, files: Mapping[str, str]) -> None:
        """Commit files and push them."""
        for name, text in files.items():
            (self.clone / name).write_text(text)
        git(self.clone, "add", "-A")
        git(self.clone, *_WHO, "commit", "-q", "-m", "change")
        git(self.clone, "push", "-q", "origin", "main")


_WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")


def new_remote(root: Path, files: Mapping[str, str]) -> Remote:
    """Return a bare repository with a first commit."""
    first = root / "first"
    create_repository(first)
    tree = {name: Entry(text.encode()) for name, text in files.items()}
    import_branches(first, {"main": [tree]})
    git(root, "clone", "-q", "--bare", str(first), "remote.git")
    git(root, "clone", "-q", "remote.git", "clone")
    return Remote(root / "remote.git", root / "clone")


@dataclass(frozen=True, slots=True)
class Boot:
    """A running application."""

    port: int

    def shown(self) -> Shown:
        """Return its bean's value, how often it refreshed, how many refresh events it saw."""
        with urllib.request.urlopen(f"http://{HOST}:{self.port}/shown", timeout=5) as answer:
            shown: Shown = json.load(answer)
            return shown

    def until(self, wanted: Callable[[Shown], bool], seconds: float = _PATIENCE) -> Shown:
        """Ask until the answer is as wanted."""
        limit = time.monotonic() + seconds
        while True:
            shown: Shown | None = None
            with suppress(OSError):
                shown = self.shown()
            if shown and wanted(shown):
                return shown
            assert time.monotonic() < limit, shown
            time.sleep(0.05)


@contextmanager
def boot(jar: Path, work: Path, server: str, settings: Mapping[str, str]) -> Iterator[Boot]:
    """Run the application `shop` with the profile `dev` until the block ends."""
    port = free_port()
    arguments = {
        "server.address": HOST,
        "server.port": str(port),
        "spring.application.name": "shop",
        "spring.profiles.active": "dev",
        "spring.config.import": f"configserver:{server}",
        "spring.cloud.config.fail-fast": "true",
        "management.health.rabbit.enabled": "false",
        **settings,
    }
    java = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)]
    log = work / f"boot-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*java, *(f"--{name}={value}" for name, value in arguments.items())],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        application = Boot(port)
        try:
            application.until(lambda _: True, _START)
        except AssertionError:
            raise AssertionError(log.read_text(errors="replace")[-4000:]) from None
        yield application
    finally:
        stop(process)


@contextmanager
def server(
    work: Path, remote: Remote, settings: Mapping[str, str], *, port: int = 0
) -> Iterator[str]:
    """Run the server until the block ends, on a port if one is given; yields its URL."""
    port = port or free_port()
    config = work / "application.yml"
    found = {"spring.cloud.config.server.git.uri": f"file://{remote.bare}", **settings}
    config.write_text(json.dumps(found), "utf-8")
    line = [part.format(config=config, port=port, work=work) for part in shlex.split(OURS)]
    with serving(line, port, work):
        yield f"http://{HOST}:{port}"


def post(url: str) -> int:
    """Send an empty POST and return the status."""
    request = urllib.request.Request(url, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        status: int = answer.status
        return status
