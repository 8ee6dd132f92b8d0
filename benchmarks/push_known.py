"""A commit that concerns all who ever asked: `python -m benchmarks.push_known`.

Ten thousand applications have asked, most of them without files of their own; then the file that
all share changes. How long is it until the first and the last of them are told, what does that
cost, and how much longer do cached answers take meanwhile? They are told by an outgoing webhook.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import uvloop
from aiohttp import ClientSession, ClientTimeout, web

from benchmarks.process import Server, running
from benchmarks.pushing import KEYS, SECRET, Repository, hook, quantile
from benchmarks.streams import Clients, eventually
from tests.conformance.player import HOST, OURS, free_port

SETTINGS = {
    "CONFIGSERVER_WEBHOOKS_SECRET": SECRET,
    "CONFIGSERVER_WEBHOOKS_RATE": "10000",
    "CONFIGSERVER_PUSH_ENABLED": "true",
}
WATCHERS = 10
_AT_ONCE = 8
_TICK = os.sysconf("SC_CLK_TCK")
_BUSY = 0.4
"""Seconds of processor time in a second: more than answering the readers takes."""

_LIMIT = 300.0
"""Seconds that anything may take."""


@dataclass(slots=True)
class Sink:
    """What the receiver of the outgoing webhook was told."""

    changes: int = 0
    first: float = 0.0
    last: float = 0.0

    async def receive(self, request: web.Request) -> web.Response:
        """Count the changes of a refresh."""
        body = await request.read()
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.changes += body.count(b'"application":')
        return web.Response()


@dataclass(slots=True)
class Figures:
    """What was measured, one for each commit.

    Attributes:
        first: seconds from the webhook until the first were told.
        last: seconds until the last were.
        work: seconds of the server's processor time, without what the readers cost.
        quiet: seconds of cached answers without a commit.
        busy: the same while others are being told.
    """

    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    queries: int
    commits: int
    seconds: float


@asynccontextmanager
async def receiving(port: int) -> AsyncIterator[Sink]:
    """Listen for the outgoing webhook."""
    sink = Sink()
    application = web.Application(client_max_size=1 << 20)
    application.router.add_post("/sink", sink.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield sink
    finally:
        await runner.cleanup()


async def measure(server: Server, repository: Repository, port: int, plan: Plan) -> Figures:
    """Ask, commit, and wait until all are told."""
    figures, clients = Figures(), Clients()
    into = figures.quiet
    async with (
        asyncio.timeout(_LIMIT * (plan.commits + 2)),
        receiving(port) as sink,
        ClientSession(timeout=ClientTimeout(total=30)) as session,
    ):
        await ask(session, server, plan.queries)
        for number in range(WATCHERS):
            await clients.connect(server.port, f"/watch/app{number}/dev", 1)

        async def read() -> None:
            while True:
                now = into
                now.append(await answered(session, server.url("/app0/dev")))
                await asyncio.sleep(0.005)

        readers = [asyncio.create_task(read()) for _ in range(2)]
        await idle(server, sink)
        for _ in range(plan.commits):
            share = await share_of_readers(server, plan.seconds)
            await asyncio.to_thread(repository.commit, "application.yml", KEYS)
            await asyncio.to_thread(repository.push)
            sink.changes, sink.first = 0, 0.0
            began, work, into = time.perf_counter(), processor(server), figures.busy
            await hook(session, server.url("/monitor"))
            try:
                await eventually(lambda: sink.changes >= plan.queries, _LIMIT)
            except TimeoutError:
                reason = f"{sink.changes:,} of {plan.queries:,} were told within {_LIMIT:.0f} s"
                raise RuntimeError(reason) from None
            into = figures.quiet
            figures.first.append(sink.first - began)
            figures.last.append(sink.last - began)
            figures.work.append(processor(server) - work - share * (sink.last - began))
        for reader in readers:
            reader.cancel()
        for found in await asyncio.gather(*readers, return_exceptions=True):
            if isinstance(found, Exception):
                raise found
        clients.close()
    return figures


async def ask(session: ClientSession, server: Server, queries: int) -> None:
    """Let each application ask once."""
    left = iter(range(queries))

    async def work() -> None:
        for number in left:
            await answered(session, server.url(f"/app{number}/dev"))

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def answered(session: ClientSession, url: str) -> float:
    """Return the seconds that an answer takes."""
    began = time.perf_counter()
    async with session.get(url) as answer:
        await answer.read()
        answer.raise_for_status()
    return time.perf_counter() - began


async def idle(server: Server, sink: Sink) -> None:
    """Wait until all who asked are known: until nothing but the readers keeps the server busy."""
    async with asyncio.timeout(_LIMIT):
        while await share_of_readers(server, 2.0) > _BUSY:
            pass
    sink.changes = 0


async def share_of_readers(server: Server, seconds: float) -> float:
    """Return the processor time in a second, while nothing but reading goes on."""
    before = processor(server)
    await asyncio.sleep(seconds)
    return (processor(server) - before) / seconds


def processor(server: Server) -> float:
    """Return the seconds of processor time that a server has taken."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def report(figures: Figures, plan: Plan) -> str:
    """Return the table."""
    load = f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    rows = [
        (f"s until the first of {plan.queries:,} is told", median(figures.first)),
        ("  the last", median(figures.last)),
        ("  the last, at worst", max(figures.last)),
        ("s of processor time", median(figures.work)),
        ("p99 of cached answers, ms, idle", quantile(figures.quiet, 0.99)),
        ("  meanwhile", quantile(figures.busy, 0.99)),
        ("  median, idle", quantile(figures.quiet, 0.5)),
        ("  median, meanwhile", quantile(figures.busy, 0.5)),
    ]
    return "\n".join([load, *(f"{title:44}{figure:10.2f}" for title, figure in rows)])


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push_known", description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000, help="applications that have asked")
    parser.add_argument("--own", type=int, default=100, help="of them that have a file")
    parser.add_argument("--commits", type=int, default=5, help="of which the median")
    parser.add_argument("--seconds", type=float, default=5, help="of quiet before each commit")
    options = parser.parse_args()
    plan = Plan(options.queries, options.commits, options.seconds)
    port = free_port()
    os.environ.update(SETTINGS)
    os.environ["CONFIGSERVER_NOTIFY_WEBHOOKS_SINK_URL"] = f"http://{HOST}:{port}/sink"
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        repository = Repository(Path(root), applications=options.own)
        uri = repository.bare.as_uri()
        with running(OURS, uri, "/app0/dev", Path(root) / "ours") as server:
            print(report(uvloop.run(measure(server, repository, port, plan)), plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())
