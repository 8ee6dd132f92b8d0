"""From `git push` to those who watch: `python -m benchmarks.push`.

A commit is pushed to a bare repository behind `git daemon`; its hook posts a signed webhook with
curl; the server fetches, compares, and tells watchers on other connections. Beside it, in the same
run: a push whose hook does nothing, and a bare aiohttp server that tells its streams of each POST.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from aiohttp import ClientSession

from benchmarks.process import running
from benchmarks.pushing import APPLICATIONS, SECRET, Repository
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

BARE = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).with_name('bare_push.py')))}"

_PAUSE = 0.05


@dataclass
class Times:
    """Seconds, one for each push.

    Attributes:
        pushed: from the start of `git push` to the event.
        hooked: from the webhook's arrival to the event.
        all: from the webhook's arrival until all hear, where a commit concerns all.
    """

    pushed: list[float] = field(default_factory=list)
    hooked: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)


async def hook(session: ClientSession, url: str) -> None:
    """Post a signed webhook."""
    body = json.dumps({"path": ["*"], "at": time.time_ns()}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    async with session.post(url, data=body, headers=headers) as answer:
        if answer.status != 200:
            raise RuntimeError(f"webhook: {answer.status} {await answer.text()}")


async def measure(port: int, repository: Repository, plan: "Plan", watchers: int) -> Times:
    """Push and watch: one application, or a hundred with as many watchers each."""
    url = f"http://127.0.0.1:{port}/monitor"
    clients, times = Clients(), Times()
    applications = min(APPLICATIONS, watchers)
    for number in range(applications):
        path = f"/watch/app{number}/dev"
        await clients.connect(port, path, watchers // applications)
    group = watchers // applications

    async def timed(start: Callable[[], Awaitable[None]], wanted: int) -> float:
        await asyncio.sleep(_PAUSE)
        clients.seen.reset()
        began = time.perf_counter()
        await start()
        await eventually(lambda: clients.seen.changes >= wanted, 20)
        return (clients.seen.last if wanted == watchers else clients.seen.first) - began

    async with ClientSession() as session:
        for number in range(plan.pushes):
            name = f"app{number % applications}.yml"
            await asyncio.to_thread(repository.commit, name)
            pushed = await timed(lambda: asyncio.to_thread(repository.push, url), group)
            times.pushed.append(pushed)
            await asyncio.to_thread(repository.commit, name)
            await asyncio.to_thread(repository.push)
            times.hooked.append(await timed(lambda: hook(session, url), group))
        for _ in range(plan.pushes // 5):
            await asyncio.to_thread(repository.commit, "application.yml")
            await asyncio.to_thread(repository.push)
            times.all.append(await timed(lambda: hook(session, url), watchers))
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
    """How much to measure."""

    pushes: int
    watchers: tuple[int, ...]
    seconds: float


@contextmanager
def bare_server(where: Path) -> Iterator[int]:
    """Run the yardstick."""
    with running(f"{BARE} {{port}}", "", "/nothing", where) as server:
        yield server.port


def quantile(times: Sequence[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


async def beside(port: int, repository: Repository, plan: Plan) -> tuple[float, float]:
    """Return the p99 of cached answers in milliseconds, quiet and while commits concern all.

    A thousand queries are known: ten profiles of each application.
    """
    url = f"http://127.0.0.1:{port}"
    clients = Clients()
    await clients.connect(port, "/watch/app0/p0", 1)
    quiet: list[float] = []
    busy: list[float] = []
    into = quiet
    async with ClientSession() as session:
        for number in range(APPLICATIONS * 10):
            await _answered(session, f"{url}/app{number % APPLICATIONS}/p{number // APPLICATIONS}")

        async def read() -> None:
            while True:
                now = into
                now.append(await _answered(session, f"{url}/app0/p0"))
                await asyncio.sleep(0.005)

        readers = [asyncio.create_task(read()) for _ in range(2)]
        await asyncio.sleep(plan.seconds)
        for _ in range(max(5, int(plan.seconds))):
            await asyncio.to_thread(repository.commit, "application.yml")
            await asyncio.to_thread(repository.push)
            into = busy
            await hook(session, f"{url}/monitor")
            await asyncio.sleep(1)
            into = quiet
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)
    clients.close()
    return quantile(quiet, 0.99), quantile(busy, 0.99)


async def _answered(session: ClientSession, url: str) -> float:
    began = time.perf_counter()
    async with session.get(url) as answer:
        await answer.read()
    return time.perf_counter() - began


def report(ours: Sequence[Times], bare: Sequence[Times], push: Sequence[float], plan: Plan) -> str:
    """Return the table: milliseconds."""
    load = f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
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
    return "\n".join(lines)


def _pair(times: Sequence[float]) -> str:
    return f"{quantile(times, 0.5):10.1f}{quantile(times, 0.99):8.1f}"


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--pushes", type=int, default=100)
    parser.add_argument("--watchers", type=int, nargs="+", default=[1, 1000])
    parser.add_argument("--seconds", type=float, default=10, help="of reading beside commits")
    options = parser.parse_args()
    plan = Plan(options.pushes, tuple(options.watchers), options.seconds)
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        where = Path(root)
        repository = Repository(where)
        alone = pushes(repository, plan.pushes)
        bare, ours = [], []
        for watchers in plan.watchers:
            with bare_server(where / f"bare-{watchers}") as port:
                bare.append(uvloop.run(measure(port, repository, plan, watchers)))
            with daemon(where) as host:
                uri = f"{host.url}/config.git"
                with running(OURS, uri, "/app0/dev", where / f"ours-{watchers}") as server:
                    ours.append(uvloop.run(measure(server.port, repository, plan, watchers)))
        print(report(ours, bare, alone, plan), flush=True)
        with (
            daemon(where) as host,
            running(OURS, f"{host.url}/config.git", "/app0/dev", where / "beside") as server,
        ):
            quiet, busy = uvloop.run(beside(server.port, repository, plan))
        print(
            f"p99 of cached answers, ms: {quiet:.1f} quiet, {busy:.1f} beside commits that concern"
        )
        print(f"a thousand known queries, {busy / quiet:.1f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
