"""Servers as processes: how soon they answer, and what memory they hold."""

import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tests.conformance.cases import Request
from tests.conformance.player import HOST, free_port, send, stop

_PATIENCE = 120
"""Seconds that a server may take to its first answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `first` is the time to its first good answer in seconds."""

    pid: int
    port: int
    first: float

    def url(self, path: str) -> str:
        """Return the URL of a path."""
        return f"http://{HOST}:{self.port}{path}"

    def get(self, path: str) -> bytes:
        """Return the body of a good answer."""
        status, _, body = send(self.port, Request(path), path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:200]!r}")
        return body

    def megabytes(self) -> float:
        """Return the resident memory of the process and its children."""
        return sum(_resident(pid) for pid in family(self.pid)) / 1024


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it has started, from whichever thread."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from family(int(child))


@contextmanager
def running(command: str, uri: str, path: str, work: Path) -> Iterator[Server]:
    """Start a server on a repository and wait until it answers `path` with 200.

    In the command `{config}` becomes a file of settings, `{port}` the port, `{work}` a directory.
    """
    work.mkdir(parents=True)
    port = free_port()
    config = work / "application.yml"
    settings = {"spring.cloud.config.server.git.uri": uri, "server.port": str(port)}
    config.write_text(json.dumps(settings), "utf-8")
    line = [part.format(config=config, port=port, work=work) for part in shlex.split(command)]
    log = work / "server.log"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(line, cwd=work, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Server(process.pid, port, _first_answer(process, port, path, log) - began)
    finally:
        stop(process)


def _first_answer(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> float:
    end = time.perf_counter() + _PATIENCE
    while process.poll() is None and time.perf_counter() < end:
        with suppress(OSError, HTTPException):
            if send(port, Request(path), path)[0] == 200:
                return time.perf_counter()
        time.sleep(0.005)
    raise RuntimeError(f"no answer:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


def _resident(pid: int) -> int:
    """Return kilobytes; nothing of a process that has just ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0
