"""Random application names against a URI with a placeholder: `python -m benchmarks.placeholders`.

Most of them have no repository; what the server keeps for them has to stay under its caps.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.process import Server, family, running
from benchmarks.workload import daemon
from tests.conformance.cases import Entry
from tests.conformance.player import OURS
from tests.conformance.repositories import create_repository, import_branches

REAL = 200
"""Repositories that exist; a tenth of the requests is for one of them."""

MIRRORS = 50
CLIENTS = 200
_EVERY = 0.25
"""Seconds between two looks at the server."""


@dataclass(slots=True)
class Peaks:
    """The most that the server held at one time, of each thing."""

    most: dict[str, float] = field(default_factory=dict)

    def see(self, server: Server, state: Path) -> None:
        """Look at the processes and the state directory now."""
        pids = list(family(server.pid))
        mirrors, size = _disk(state)
        now = {
            "mirrors": mirrors,
            "megabytes on disk": size / (1 << 20),
            "processes": len(pids),
            "threads of the server": _entries(f"/proc/{server.pid}/task"),
            "open files of the server": _entries(f"/proc/{server.pid}/fd"),
            "megabytes of memory, all processes": server.megabytes(),
        }
        self.most |= {name: max(value, self.most.get(name, 0)) for name, value in now.items()}


def main() -> int:
    """Ask, watch and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.placeholders", description=__doc__)
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60, help="over which they are spread")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        where = Path(root)
        for number in range(REAL):
            repository = where / "git" / f"real{number}"
            create_repository(repository)
            text = f"name: real{number}\n".encode()
            import_branches(repository, {"main": [{"application.yml": Entry(text)}]})
        with daemon(where / "git") as host:
            line = f"{OURS} --set configserver.max-mirrors={MIRRORS}"
            uri = f"{host.url}/{{application}}"
            with running(line, uri, "/real0/dev", where / "ours") as server:
                print(_measured(server, where / "ours" / "state", options.names, options.seconds))
    return 0


def _measured(server: Server, state: Path, names: int, seconds: float) -> str:
    peaks = Peaks()
    peaks.see(server, state)
    before = dict(peaks.most)
    with _watching(peaks, server, state):
        began = time.monotonic()
        statuses, worst = asyncio.run(_ask(server.port, names, seconds))
        took = time.monotonic() - began
    answers = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items()))
    lines = [f"{names:,} names in {took:.0f} s: {answers}; worst wait {worst:.2f} s"]
    lines += [f"{'':36}{'before':>10}{'peak':>10}"]
    lines += [f"{name:36}{before[name]:10,.0f}{most:10,.0f}" for name, most in peaks.most.items()]
    return "\n".join([*lines, f"cap: {MIRRORS} mirrors"])


async def _ask(port: int, names: int, seconds: float) -> tuple[Counter[str], float]:
    """Return how often each status (and a wrong content) was answered, and the longest wait."""
    random = Random(7)
    drawn = [
        f"real{random.randrange(REAL)}" if random.random() < 0.1 else f"none{random.random()}"[:14]
        for _ in range(names)
    ]
    began = time.monotonic()
    statuses: Counter[str] = Counter()
    waits: list[float] = []

    async def client(number: int) -> None:
        for index in range(number, names, CLIENTS):
            await asyncio.sleep(max(0.0, began + seconds * index / names - time.monotonic()))
            asked = time.monotonic()
            statuses[await _get(port, drawn[index].replace(".", "-"))] += 1
            waits.append(time.monotonic() - asked)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return statuses, max(waits)


async def _get(port: int, name: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /{name}/dev HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    answer = await reader.read(-1)
    writer.close()
    status = answer[9:12].decode()
    right = f'"name":"{name}"'.encode() in answer.replace(b'"source":{', b"")
    return status if status != "200" or right else "wrong"


@contextmanager
def _watching(peaks: Peaks, server: Server, state: Path) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_EVERY):
            peaks.see(server, state)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _disk(state: Path) -> tuple[int, int]:
    """Return how many mirrors there are, and how many bytes all files take."""
    mirrors, size = 0, 0
    for folder, _, files in os.walk(state):
        mirrors += "packed-refs" in files
        for name in files:
            with suppress(OSError):
                size += (Path(folder) / name).stat().st_size
    return mirrors, size


def _entries(folder: str) -> int:
    with suppress(OSError):
        return len(os.listdir(folder))  # noqa: PTH208 - of a process that may just end
    return 0


if __name__ == "__main__":
    sys.exit(main())
