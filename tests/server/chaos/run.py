"""Random commits and faults, and watchers that have to hold the newest state in the end."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

from aiohttp import ClientError, ClientSession

from tests.server.chaos.content import Asked, Values
from tests.server.chaos.history import History
from tests.server.chaos.hooks import Hooks
from tests.server.chaos.stage import Stage, staged
from tests.server.chaos.verdict import faults, holds_newest, shown
from tests.server.chaos.watchers import Poller, Streamer, Watcher, values

_ASKED = (
    *(Asked("shop", "dev"), Asked("shop", "prod"), Asked("cart", "dev"), Asked("wide", "default")),
    *(
        Asked("shop", "dev", "next"),
        Asked("cart", "prod", "hotfix"),
        Asked("shop", "dev", "stable"),
    ),
    *(Asked("nobody", "dev"), Asked("cart", "default", "main"), Asked("wide", "prod", "next")),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        way: how replicas hear of one another.
        commits: how many.
        seed: says which, and what goes wrong.
        polls: whether servers look every other second; if not, each push is told to one of them.
        pause: seconds between two commits at most.
        patience: seconds for watchers to be told, once all is well again.
    """

    way: str
    commits: int
    seed: int
    polls: bool = True
    pause: float = 0.3
    patience: float = 90.0


@dataclass
class Report:
    """What came of it.

    Attributes:
        missed: watchers that do not hold the newest state.
        wrong: what somebody was told and should not have been.
        settled: seconds until all held the newest state.
        lasted: seconds for all commits.
        told: events that watchers were told, by name.
        commits: what was done, how often.
        faults: what went wrong, how often.
        webhooks: what became of them.
    """

    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    settled: float = 0.0
    lasted: float = 0.0
    told: dict[str, int] = field(default_factory=dict)
    commits: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    webhooks: dict[str, int] = field(default_factory=dict)


async def chaos(folder: Path, plan: Plan) -> Report:
    """Run it all."""
    random = Random(f"{plan.way} {plan.seed}")
    history = await asyncio.to_thread(History, folder / "config.git", random)
    settings = {
        "spring.cloud.config.server.git.refresh-rate": 2 if plan.polls else -1,
        "spring.cloud.config.server.git.timeout": 2,
        "spring.cloud.config.server.git.delete-untracked-branches": True,
        "configserver.watch.buffer": "4KB",
    }
    report = Report(commits=history.done)
    broker_first = random.random() < 0.5
    async with (
        staged(folder, plan.way, settings, broker_first=broker_first) as stage,
        watching(stage) as watchers,
    ):
        report.faults = stage.happened
        began = time.monotonic()
        hooks = Hooks(stage, random, sure=not plan.polls)
        for _ in range(plan.commits):
            await stage.stir(random)
            await asyncio.to_thread(history.change)
            await hooks.push(history)
            await asyncio.sleep(random.uniform(0, plan.pause))
        await asyncio.to_thread(history.mend)
        await hooks.push(history)
        await stage.calm()
        await hooks.close()
        report.webhooks = hooks.sent
        report.lasted = time.monotonic() - began
        await _settle(watchers, history, plan, report)
        report.wrong += [line async for line in _answered_wrongly(stage, history, plan)]
        report.wrong += await asyncio.to_thread(_read_wrongly, folder, history)
    report.wrong += faults(watchers, history)
    for one in watchers:
        for told in one.told:
            report.told[told.name] = report.told.get(told.name, 0) + 1
    return report


async def _settle(watchers: list[Watcher], history: History, plan: Plan, report: Report) -> None:
    began = time.monotonic()
    while time.monotonic() - began < plan.patience:
        if all(holds_newest(one, history) for one in watchers):
            break
        await asyncio.sleep(0.02)
    report.settled = time.monotonic() - began
    report.missed = [shown(one, history) for one in watchers if not holds_newest(one, history)]


async def _answered_wrongly(stage: Stage, history: History, plan: Plan) -> AsyncIterator[str]:
    """Yield what a server still answers with too long after the last repair.

    Watchers may all hold the newest state while the other server has yet to hear of it: the last
    webhook may have been lost, and then each finds the commit by its own look.
    """
    async with ClientSession() as session:
        ends = time.monotonic() + plan.patience
        for server in stage.servers:
            for asked in _ASKED:
                newest = asked.of(history.tree(asked.label))
                while (found := await _answer(session, server.url, asked)) != newest:
                    if time.monotonic() > ends:
                        yield f"{server.url} answers {asked.path} with something old: {found}"
                        break
                    await asyncio.sleep(0.05)


async def _answer(session: ClientSession, url: str, asked: Asked) -> Values | str:
    """Return the values that a server answers with, or why it has none."""
    try:
        return await values(session, url, asked)
    except (ClientError, OSError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"


def _read_wrongly(folder: Path, history: History) -> list[str]:
    """Compare with what a command finds in the repository that was pushed to."""
    wrong = []
    for asked in (_ASKED[0], _ASKED[3], _ASKED[6]):
        command = [sys.executable, "-m", "configserver", "get", asked.application, asked.profile]
        command += ["--git-uri", (folder / "config.git").as_uri(), "--format", "json"]
        command += ["--label", asked.label] if asked.label else []
        done = subprocess.run(command, check=True, capture_output=True, timeout=120)
        found = {key: str(value) for key, value in json.loads(done.stdout).items()}
        if found != asked.of(history.tree(asked.label)):
            wrong.append(f"the repository holds something else for {asked.path}")
    return wrong


@asynccontextmanager
async def watching(stage: Stage) -> AsyncIterator[list[Watcher]]:
    """Let clients of all kinds watch."""
    watchers = list(_watchers([one.url for one in stage.servers]))
    tasks = [asyncio.create_task(one.run()) for one in watchers]
    try:
        yield watchers
    finally:
        for task in tasks:
            task.cancel()
        done, _ = await asyncio.wait(tasks)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


def _watchers(urls: list[str]) -> Iterator[Watcher]:
    """Yield streams and polls; some stay at a server, others go from one to another."""
    a, b = urls
    places = cycle(([a], [b, a], [b], [a, b]))
    for asked, place in zip(_ASKED, places, strict=False):
        yield Streamer(asked=asked, urls=place)
    for asked in (_ASKED[0], _ASKED[2], _ASKED[4], _ASKED[6]):
        yield Poller(asked=asked, urls=next(places))
    yield Streamer(asked=_ASKED[0], urls=[a, b], resumes=False)
    yield Streamer(asked=Asked("wide", "default"), urls=[a], slow=3.0)
