"""Readers while the remote is healthy and while it is frozen: `python -m benchmarks.outage`.

Frozen means that the processes of the Git host are stopped: connections open, nothing comes.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.process import running
from benchmarks.readers import Readings, Wanted, read
from benchmarks.workload import daemon
from tests.conformance.cases import Entry
from tests.conformance.player import OURS
from tests.conformance.repositories import create_repository, import_branches
from tests.reference.reference import command

LABELS = tuple(f"label{number}" for number in range(5))
READERS = 200
THEIRS = 50
"""Readers of the original."""

PAUSE = 0.1
"""Seconds between a reader's answer and its next request: 2,000 requests a second in all."""

_WARM_UP = 3.0
"""Seconds of reading that are not counted: at the start, and after each outage."""

_FILLING = b"".join(b"key%d: value %d\n" % (number, number) for number in range(40))


def main() -> int:
    """Measure both in turn and print the waits; end with 1 if an answer was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    parser.add_argument("--rounds", type=int, default=3, help="of both phases, of which the median")
    parser.add_argument(
        "--original", type=float, default=0, help="seconds to wait for the original's answers"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        healthy, frozen, first = measure(Path(root), options.seconds, options.rounds)
        if options.original:
            answered = original(Path(root), options.original)
            print(
                f"the original, host frozen: {answered} of {THEIRS} readers were answered "
                f"within {options.original:g} s"
            )
    print(_report(healthy, frozen))
    print(f"started while the host is frozen, first answer from the mirror: {first:.2f} s")
    return int(any(readings.wrong for readings in (*healthy, *frozen)))


def measure(
    where: Path, seconds: float, rounds: int
) -> tuple[list[Readings], list[Readings], float]:
    """Return what the readers saw in the healthy and in the frozen phases.

    And the seconds from the start of a server to its first answer while the host is frozen.
    """
    _create(where / "config")
    wanted = [Wanted(f"/app/dev/{label}", f"is {label}!".encode()) for label in LABELS]
    healthy, frozen = [], []
    line = OURS.replace("{work}/state", f"{where}/state")
    with daemon(where) as host:
        uri = f"{host.url}/config"
        with running(line, uri, wanted[0].path, where / "ours") as server:

            def phase(length: float) -> Readings:
                return asyncio.run(
                    read(server.port, wanted, readers=READERS, pause=PAUSE, seconds=length)
                )

            phase(min(seconds, _WARM_UP))
            for _ in range(rounds):
                healthy.append(phase(seconds))
                with host.frozen():
                    frozen.append(phase(seconds))
                phase(_WARM_UP)
        with host.frozen(), running(line, uri, wanted[0].path, where / "again") as server:
            return healthy, frozen, server.first


def original(where: Path, seconds: float) -> int:
    """Return how many of the original's readers are answered while the host is frozen."""
    path = f"/app/dev/{LABELS[0]}"
    with (
        daemon(where) as host,
        running(command(), f"{host.url}/config", path, where / "theirs") as server,
        host.frozen(),
    ):
        return asyncio.run(_answered(server.port, seconds))


async def _answered(port: int, seconds: float) -> int:
    paths = [f"/app/dev/{LABELS[number % len(LABELS)]}" for number in range(THEIRS)]
    asked = [asyncio.create_task(_one(port, path)) for path in paths]
    done, pending = await asyncio.wait(asked, timeout=seconds)
    for task in pending:
        task.cancel()
    return sum(not task.exception() for task in done)


async def _one(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")


def _create(repository: Path) -> None:
    create_repository(repository)
    tree = {
        label: [{"application.yml": Entry(f"says: this is {label}!\n".encode() + _FILLING)}]
        for label in ("main", *LABELS)
    }
    import_branches(repository, tree)


def _report(healthy: list[Readings], frozen: list[Readings]) -> str:
    lines = [f"{READERS} readers on {len(LABELS)} labels, a request each {PAUSE:g} s and reader"]
    lines += [f"{'':10}{'answers':>10}{'p50, ms':>10}{'p99, ms':>10}{'worst':>10}{'wrong':>8}"]
    for name, rounds in (("healthy", healthy), ("frozen", frozen)):
        lines += [_row(name, readings) for readings in rounds]
    ratio = _p99(frozen) / _p99(healthy)
    return "\n".join([*lines, f"p99 frozen : healthy, medians of {len(healthy)}: {ratio:.2f}"])


def _row(name: str, readings: Readings) -> str:
    waits = (readings.percentile(share) * 1000 for share in (0.5, 0.99, 1))
    figures = "".join(f"{wait:10.2f}" for wait in waits)
    return f"{name:10}{len(readings.waits):10,}{figures}{readings.wrong:8}"


def _p99(rounds: list[Readings]) -> float:
    return median(readings.percentile(0.99) for readings in rounds)


if __name__ == "__main__":
    sys.exit(main())
