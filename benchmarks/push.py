"""From `git push` to those who watch: `python -m benchmarks.push`.

A commit is pushed to a bare repository behind `git daemon`; its hook posts a signed webhook with
curl; the server fetches, compares, and tells watchers on other connections. Beside it, in the same
run: a push whose hook does nothing, and a bare aiohttp server that tells its streams of each POST.
"""

import argparse
import asyncio
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvloop
from aiohttp import ClientSession, ClientTimeout

from benchmarks.process import running
from benchmarks.pushing import APPLICATIONS, SECRET, Repository, hook, quantile
from benchmarks.streams import Clients, eventually
from benchmarks.workload import daemon
from tests.conformance.player import OURS

SETTINGS = {
    "CONFIGSERVER_WEBHOOKS_SECRET": SECRET,
    "CONFIGSERVER_WEBHOOKS_RATE": "10000",
    "CONFIGSERVER_PUSH_ENABLED": "true",
    "SPRING_CLOUD_CONFIG_SERVER_GIT_REFRESHRATE": "-1",
}
"""Nothing but a webhook makes the server look."""

_BARE = shlex.quote(str(Path(__file__).with_name("bare_streams.py")))
BARE = f"{shlex.quote(sys.executable)} {_BARE} {{port}}"

_PAUSE = 0.05
_PATIENCE = 20.0
"""Seconds that an event may take; then it is missed."""


@dataclass
class Times:
    """Seconds, one for each push.

    Attributes:
        pushed: from the start of `git push` to the event.
        hooked: from the webhook's arrival to the event.
        all: from the webhook's arrival until all hear, where a commit concerns all.
        missed: pushes of which not all that should have heard within twenty seconds.
    """

    pushed: list[float] = field(default_factory=list)
    hooked: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)
    missed: int = 0


async def measure(port: int, repository: Repository, plan: "Plan", watchers: int) -> Times:
    """Push and watch: one application, or a hundred with as many watchers each."""
    url = f"http://127.0.0.1:{port}/monitor"
    clients, times = Clients(), Times()
    applications = min(APPLICATIONS, watchers)
    for number in range(applications):
        path = f"/watch/app{number}/dev"
        await clients.connect(port, path, watchers // applications)
    group = watchers // applications

    async def timed(into: list[float], start: Callable[[], Awaitable[None]], wanted: int) -> None:
        await asyncio.sleep(_PAUSE)
        clients.seen.reset()
        began = time.perf_counter()
        await start()
        try:
            await eventually(lambda: clients.seen.changes >= wanted, _PATIENCE)
        except TimeoutError:
            times.missed += 1
            print(f"missed: {clients.seen.changes} of {wanted} heard", file=sys.stderr, flush=True)
            return
        into.append((clients.seen.last if wanted == watchers else clients.seen.first) - began)

    limits = ClientTimeout(total=_PATIENCE)
    async with asyncio.timeout(plan.limit), ClientSession(timeout=limits) as session:
        for number in range(plan.pushes):
            name = f"app{number % applications}.yml"
            await asyncio.to_thread(repository.commit, name)
            push = partial(asyncio.to_thread, repository.push, url)
            await timed(times.pushed, push, group)
            await asyncio.to_thread(repository.commit, name)
            await asyncio.to_thread(repository.push)
            await timed(times.hooked, partial(hook, session, url), group)
        for _ in range(plan.pushes // 5):
            await asyncio.to_thread(repository.commit, "application.yml")
            await asyncio.to_thread(repository.push)
            await timed(times.all, partial(hook, session, url), watchers)
    clients.close()
    return times


def pushes(repository: Repository, times: int) -> list[float]:
    """Return the seconds of pushes whose hook posts nothing."""
    found = []
    for _ in range(times):
        repository.commit("app0.yml")
        began = time.perf_counter()
        repository.push()
        found.append(time.perf_counter() - began)
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure, and seconds that each server may take for it."""

    pushes: int
    watchers: tuple[int, ...]
    limit: float


@contextmanager
def bare_server(where: Path) -> Iterator[int]:
    """Run the yardstick."""
    with running(BARE, "", "/nothing", where) as server:
        yield server.port


def report(ours: Sequence[Times], bare: Sequence[Times], push: Sequence[float], plan: Plan) -> str:
    """Return the table: milliseconds."""
    load = f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    missed = sum(times.missed for times in (*ours, *bare))
    lines = [load, f"{'ms':58}{'ours p50':>10}{'p99':>8}{'bare p50':>10}{'p99':>8}{'ratio':>8}"]
    lines.append(f"{'git push alone':58}{'':18}{_pair(push)}")
    for watchers, mine, yard in zip(plan.watchers, ours, bare, strict=True):
        who = f"{watchers:,} watchers" if watchers > 1 else "1 watcher"
        for title, one, other in (
            (f"{who}: from the start of git push", mine.pushed, yard.pushed),
            (f"{who}: from the webhook", mine.hooked, yard.hooked),
            (f"{who}: until all hear what concerns all", mine.all, yard.all),
        ):
            ratio = quantile(one, 0.5) / quantile(other, 0.5)
            lines.append(f"{title:58}{_pair(one)}{_pair(other)}{ratio:8.1f}")
    each = 2 * plan.pushes + plan.pushes // 5
    lines.append(f"{each} pushes for each server and number of watchers, {missed} events missed")
    return "\n".join(lines)


def _pair(times: Sequence[float]) -> str:
    return f"{quantile(times, 0.5):10.1f}{quantile(times, 0.99):8.1f}"


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--pushes", type=int, default=100)
    parser.add_argument("--watchers", type=int, nargs="+", default=[1, 1000])
    parser.add_argument(
        "--limit", type=float, default=600, help="seconds that a server may take for all pushes"
    )
    options = parser.parse_args()
    plan = Plan(options.pushes, tuple(options.watchers), options.limit)
    os.environ.update(SETTINGS)
    began = time.perf_counter()

    def done(what: str) -> None:
        print(f"{time.perf_counter() - began:5.0f} s: {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        where = Path(root)
        repository = Repository(where)
        alone = pushes(repository, plan.pushes)
        done("git push alone")
        bare, ours = [], []
        for watchers in plan.watchers:
            with bare_server(where / f"bare-{watchers}") as port:
                bare.append(uvloop.run(measure(port, repository, plan, watchers)))
            done(f"bare, {watchers} watchers")
            with daemon(where) as host:
                uri = f"{host.url}/config.git"
                with running(OURS, uri, "/app0/dev", where / f"ours-{watchers}") as server:
                    ours.append(uvloop.run(measure(server.port, repository, plan, watchers)))
            done(f"ours, {watchers} watchers")
        print(report(ours, bare, alone, plan), flush=True)
    return min(1, sum(times.missed for times in (*ours, *bare)))


if __name__ == "__main__":
    sys.exit(main())
