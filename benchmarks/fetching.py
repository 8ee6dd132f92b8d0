"""Cloning and probing beside git itself: `python -m benchmarks.fetching`."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import configserver
from benchmarks.history import create
from benchmarks.workload import daemon
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Job
from tests.peers.http_git import HttpGit

_MEMORY = 512 << 20
_LIMIT = 8
_PROBES = 20
_MEGABYTE = 1 << 20
_TICK = 0.005


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured over one transport.

    Attributes:
        cloned: seconds of a clone, process start included: ours, and `git clone --bare`.
        again: seconds of a clone by a process that is there.
        probed: seconds of a look at a remote where nothing moved: ours, and `git ls-remote`.
        memory: peak of the process that clones, in megabytes.
        size: megabytes of the mirror on disk.
    """

    cloned: tuple[float, float]
    again: float
    probed: tuple[float, float]
    memory: float
    size: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetching", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--commits", type=int, default=500)
    parser.add_argument("--times", type=int, default=7, help="repetitions, of which the median")
    parser.add_argument("--many", type=int, default=50, help="repositories fetched at once")
    options = parser.parse_args()
    # As an installed package is: without it each start would compile all of ours again.
    compile_dir(Path(configserver.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        root = Path(folder)
        objects = create(root / "served" / "config", options.files, options.commits)
        print(f"{options.files} files, {options.commits} commits, {objects} objects")
        with daemon(root / "served") as host:
            figures = asyncio.run(measure(f"{host.url}/config", root / "git", options.times))
            print(report("git daemon", figures), flush=True)
        with HttpGit(root / "served") as web:
            figures = asyncio.run(measure(web.uri("config"), root / "http", options.times))
            print(report("http (Apache)", figures), flush=True)
        for number in range(options.many):
            create(root / "many" / f"config{number}", 20, 5)
        with daemon(root / "many") as host:
            print(asyncio.run(many(host.url, root / "mirrors", options.many)))
    return 0


async def measure(uri: str, where: Path, times: int) -> Figures:
    """Measure clones and probes of one remote, ours and git's in turns."""
    cloned: list[tuple[float, float]] = []
    again: list[float] = []
    memory = size = 0
    for number in range(times):
        theirs = _git("clone", "-q", "--bare", uri, str(where / f"theirs-{number}"))
        async with Fetchers(1, _MEMORY) as fetchers:
            ours = await _ours(fetchers, _job(uri, where / f"ours-{number}"))
            cloned.append((ours, theirs))
            again.append(await _ours(fetchers, _job(uri, where / f"again-{number}")))
            found = await fetchers.fetch(_job(uri, where / f"memory-{number}"))
            memory, size = max(memory, found.memory), found.size
    async with Fetchers(1, _MEMORY) as fetchers:
        job = _job(uri, where / "ours-0")
        await fetchers.fetch(job)
        probed = [
            (await _ours(fetchers, job), _git("ls-remote", "-q", uri)) for _ in range(_PROBES)
        ]
    return Figures(
        _medians(cloned), median(again), _medians(probed), memory / _MEGABYTE, size / _MEGABYTE
    )


async def many(url: str, where: Path, count: int) -> str:
    """Clone many repositories at once under the cap; say how it went."""
    async with Fetchers(_LIMIT, _MEMORY) as fetchers:
        began = time.perf_counter()
        jobs = [_job(f"{url}/config{number}", where / str(number)) for number in range(count)]
        running = [asyncio.create_task(fetchers.fetch(job)) for job in jobs]
        most = 0
        while not all(task.done() for task in running):
            most = max(most, len(fetchers.pids))
            await asyncio.sleep(_TICK)
        found = await asyncio.gather(*running)
        took = time.perf_counter() - began
    peak = max(each.memory for each in found) / _MEGABYTE
    return (
        f"{count} repositories at once: {len(found)} cloned in {took:.2f} s by {most} processes"
        f" (cap {_LIMIT}), each of at most {peak:.0f} MB"
    )


def report(name: str, figures: Figures) -> str:
    """Return the figures of one transport as lines."""
    (ours, theirs), (probe, listed) = figures.cloned, figures.probed
    return (
        f"{name}:\n"
        f"  clone          {ours * 1000:7.0f} ms  git clone --bare {theirs * 1000:6.0f} ms"
        f"   ratio {ours / theirs:.2f}\n"
        f"  by a warm process {figures.again * 1000:4.0f} ms"
        f"   ratio {figures.again / theirs:.2f}\n"
        f"  no-op probe    {probe * 1000:7.1f} ms  git ls-remote    {listed * 1000:6.1f} ms"
        f"   ratio {probe / listed:.2f}\n"
        f"  memory {figures.memory:.0f} MB, mirror {figures.size:.1f} MB"
    )


def _job(uri: str, path: Path) -> Job:
    return Job(uri=uri, path=path, timeout=10, transfer_timeout=60)


async def _ours(fetchers: Fetchers, job: Job) -> float:
    began = time.perf_counter()
    await fetchers.fetch(job)
    return time.perf_counter() - began


def _git(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run(["git", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    ours, theirs = zip(*pairs, strict=True)
    return median(ours), median(theirs)


if __name__ == "__main__":
    sys.exit(main())
