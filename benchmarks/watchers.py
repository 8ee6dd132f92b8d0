"""Ten thousand watchers on one process: `python -m benchmarks.watchers`.

What they cost, how soon all hear of a commit, who is woken, what slow readers do to others, and
what many that come and go leave behind; beside a bare aiohttp server that writes to its streams.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.process import running
from benchmarks.reconnects import Storm, reconnect
from benchmarks.streams import Clients, deaf, eventually, newest
from tests.conformance.cases import Entry
from tests.conformance.player import OURS, free_port, stop
from tests.conformance.repositories import create_repository, git, import_branches

APPLICATIONS = 100
KEYS = 900
"""Of the application whose events are large."""

_WHO = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
_WARM_UP = 300
_SETTLE = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    watchers: int
    times: int
    deaf: int
    rate: float
    seconds: float


@dataclass(slots=True)
class Figures:
    """What was measured of a server.

    Attributes:
        kilobytes: of an idle watcher; after changes, too.
        all: seconds from a change until all had heard of it, and from the first to the last.
        one: the same for a change of one application.
        woken: how many heard of that.
        storm: those who came and went.
    """

    kilobytes: tuple[float, float] = (0.0, 0.0)
    all: tuple[float, float] = (0.0, 0.0)
    worst: float = 0.0
    one: tuple[float, float] = (0.0, 0.0)
    woken: int = 0
    storm: Storm | None = None


class Repository:
    """A repository whose files change at once: everything is prepared before the clock starts."""

    def __init__(self, where: Path) -> None:
        self._where = where
        self._number = 0
        create_repository(where)
        names = [f"app{number}.yml" for number in range(APPLICATIONS)]
        tree = {name: Entry(f"title: {name}\n".encode()) for name in (*names, "application.yml")}
        tree["big.yml"] = Entry(self._big())
        import_branches(where, {"main": [tree]})
        git(where, "reset", "-q", "--hard", "main")

    def change(self, name: str) -> Callable[[], None]:
        """Commit a change of a file aside; return what moves the branch there."""
        self._number += 1
        content = self._big() if name == "big.yml" else f"changed: {self._number}\n".encode()
        (self._where / name).write_bytes(content)
        git(self._where, "checkout", "-q", "--detach")
        git(self._where, *_WHO, "commit", "-q", "-a", "-m", name)

        def move() -> None:
            git(self._where, "update-ref", "refs/heads/main", "HEAD")

        return move

    def _big(self) -> bytes:
        lines = (f"key-number-{number}: {self._number}\n" for number in range(KEYS))
        return "".join(lines).encode()


def kilobytes(pid: int) -> int:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


async def idle(pid: int, port: int, number: int) -> tuple[Clients, int]:
    """Connect watchers of all applications; return them, and the server's kilobytes before."""
    warm = Clients()
    await warm.connect(port, "/watch/app0/dev", _WARM_UP)
    warm.close()
    await asyncio.sleep(_SETTLE)
    before = kilobytes(pid)
    clients = Clients()
    for application in range(APPLICATIONS):
        await clients.connect(port, f"/watch/app{application}/dev", number // APPLICATIONS)
    await asyncio.sleep(_SETTLE)
    return clients, before


async def told(clients: Clients, change: Callable[[], None], expected: int) -> tuple[float, float]:
    """Make a change; return seconds until all heard of it, and between the first and the last."""
    clients.seen.reset()
    began = time.perf_counter()
    await asyncio.to_thread(change)
    await eventually(lambda: clients.seen.changes >= expected)
    return clients.seen.last - began, clients.seen.last - clients.seen.first


async def ours(pid: int, port: int, repository: Repository, plan: Plan) -> Figures:
    """Measure our server."""
    figures = Figures()
    clients, before = await idle(pid, port, plan.watchers)
    each = (kilobytes(pid) - before) / plan.watchers
    runs = [
        await told(clients, repository.change("application.yml"), plan.watchers)
        for _ in range(plan.times)
    ]
    figures.all = _medians(runs)
    figures.worst = max(whole for whole, _ in runs)
    group = plan.watchers // APPLICATIONS
    runs = []
    for number in range(plan.times):
        runs.append(await told(clients, repository.change(f"app{number}.yml"), group))
        await asyncio.sleep(0.5)
        figures.woken = max(figures.woken, clients.seen.changes)
    figures.one = _medians(runs)
    await asyncio.sleep(min(20.0, plan.seconds))
    figures.kilobytes = each, (kilobytes(pid) - before) / plan.watchers
    clients.close()
    return figures


async def slow_readers(port: int, repository: Repository, plan: Plan) -> tuple[float, float]:
    """Return the seconds until quick readers have a large event, without slow ones and with."""
    clients = Clients()
    await clients.connect(port, "/watch/big/dev", plan.deaf)
    found = []
    sockets = []
    for number in (0, plan.deaf):
        sockets += await deaf(port, "/watch/big/dev", number)
        await asyncio.sleep(_SETTLE)
        runs = []
        for _ in range(max(plan.times, 10)):
            runs.append((await told(clients, repository.change("big.yml"), plan.deaf))[0])
            await asyncio.sleep(0.1)
        found.append(median(runs))
    clients.close()
    for one in sockets:
        one.close()
    return found[0], found[1]


async def bare(pid: int, process: "subprocess.Popen[bytes]", port: int, plan: Plan) -> Figures:
    """Measure the yardstick."""
    figures = Figures()
    clients, before = await idle(pid, port, plan.watchers)
    each = (kilobytes(pid) - before) / plan.watchers
    line = b"x" * 240 + b"\n"

    def change() -> None:
        if process.stdin is not None:
            process.stdin.write(line)
            process.stdin.flush()

    runs = [await told(clients, change, plan.watchers) for _ in range(plan.times)]
    figures.all = _medians(runs)
    figures.worst = max(whole for whole, _ in runs)
    figures.kilobytes = each, (kilobytes(pid) - before) / plan.watchers
    clients.close()
    await asyncio.sleep(_SETTLE)
    figures.storm = await storm(pid, port, plan)
    return figures


async def storm(pid: int, port: int, plan: Plan) -> Storm:
    """Let clients come and go that hold the newest state."""
    return await reconnect(
        port,
        "/watch/app0/dev",
        await newest(port, "/watch/app0/dev"),
        rate=plan.rate,
        seconds=plan.seconds,
        memory=lambda: kilobytes(pid),
    )


@contextmanager
def bare_server() -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run the yardstick."""
    port = free_port()
    line = [sys.executable, str(Path(__file__).with_name("bare_streams.py")), str(port)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE)
    try:
        time.sleep(2)
        yield process, port
    finally:
        stop(process)


def measure(where: Path, plan: Plan) -> tuple[Figures, Figures, tuple[float, float]]:
    """Return the figures of ours and of the yardstick, and those of slow readers."""
    with bare_server() as (process, port):
        theirs = uvloop.run(bare(process.pid, process, port, plan))
    repository = Repository(where / "config")
    uri = (where / "config").as_uri()
    with running(OURS, uri, "/app0/dev", where / "ours") as server:
        found = uvloop.run(ours(server.pid, server.port, repository, plan))
        slow = uvloop.run(slow_readers(server.port, repository, plan))
    with running(OURS, uri, "/app0/dev", where / "again") as server:
        found.storm = uvloop.run(storm(server.pid, server.port, plan))
    return found, theirs, slow


def report(ours: Figures, bare: Figures, slow: tuple[float, float], plan: Plan) -> str:
    """Return the table."""
    group = plan.watchers // APPLICATIONS
    head = f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    rows = [
        (head, "", ""),
        (f"{plan.watchers:,} watchers of {APPLICATIONS} applications", "ours", "bare"),
        ("kilobytes for each, idle", f"{ours.kilobytes[0]:.1f}", f"{bare.kilobytes[0]:.1f}"),
        ("  after changes", f"{ours.kilobytes[1]:.1f}", f"{bare.kilobytes[1]:.1f}"),
        ("a change for all, s until the last hears", f"{ours.all[0]:.2f}", f"{bare.all[0]:.2f}"),
        ("  worst", f"{ours.worst:.2f}", f"{bare.worst:.2f}"),
        ("  from the first to the last", f"{ours.all[1]:.2f}", f"{bare.all[1]:.2f}"),
        (f"a change for one application, s until {group} hear", f"{ours.one[0]:.3f}", ""),
        ("  events that it came to", str(ours.woken), ""),
        (f"large events, s until {plan.deaf} hear", f"{slow[0]:.3f}", ""),
        (f"  beside {plan.deaf} that do not read", f"{slow[1]:.3f}", ""),
    ]
    for title, of in _STORM:
        first, second = (of(one.storm) if one.storm else "" for one in (ours, bare))
        rows.append((title, first, second))
    return "\n".join(f"{title:48}{first:>12}{second:>12}".rstrip() for title, first, second in rows)


_STORM: tuple[tuple[str, Callable[[Storm], str]], ...] = (
    ("connections that came and went", lambda storm: f"{len(storm.waits):,}"),
    ("  failed", lambda storm: str(storm.failed)),
    ("  in a second", lambda storm: f"{len(storm.waits) / max(1, len(storm.memory)):,.0f}"),
    ("  ms until the first event, p50", lambda storm: f"{storm.percentile(0.5) * 1000:.1f}"),
    ("  p99", lambda storm: f"{storm.percentile(0.99) * 1000:.1f}"),
    ("  MB at the start", lambda storm: f"{storm.memory[0] / 1024:.1f}"),
    ("  MB at half time", lambda storm: f"{storm.memory[len(storm.memory) // 2] / 1024:.1f}"),
    ("  MB at the end", lambda storm: f"{storm.memory[-1] / 1024:.1f}"),
    ("  kB/min in the second half", lambda storm: f"{storm.slope:.0f}"),
)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watchers", description=__doc__)
    parser.add_argument("--watchers", type=int, default=10_000, help="idle ones")
    parser.add_argument("--times", type=int, default=5, help="changes, of which the median")
    parser.add_argument("--deaf", type=int, default=500, help="clients that do not read")
    parser.add_argument("--rate", type=float, default=1000, help="reconnects in a second")
    parser.add_argument("--seconds", type=float, default=60, help="of reconnects")
    options = parser.parse_args()
    plan = Plan(options.watchers, options.times, options.deaf, options.rate, options.seconds)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        ours, bare, slow = measure(Path(root), plan)
    print(report(ours, bare, slow, plan))
    return 0


def _medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    whole, spread = (median(column) for column in zip(*runs, strict=True))
    return whole, spread


if __name__ == "__main__":
    sys.exit(main())
