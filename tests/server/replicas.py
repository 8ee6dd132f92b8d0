"""Servers as processes on one remote, each with a receiver of what it tells."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from tests.peers.processes import Process, free_port
from tests.push.doors.receivers import Receiver, receiver
from tests.push.doors.waiting import until

HOOK = "canary-webhook-secret-1"
SHARED = "canary-replica-secret-1"


class Replica:
    """A server that looks at its remote only if it is told to.

    Args:
        folder: for its state and log.
        uri: of the remote.
        settings: besides those that all have.
    """

    def __init__(self, folder: Path, uri: str, settings: Mapping[str, object]) -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        self._folder = folder
        self._settings = {
            "spring.cloud.config.server.git.uri": uri,
            "spring.cloud.config.server.git.refresh-rate": 3600,
            "configserver.webhooks.secret": HOOK,
            **settings,
        }
        self._process: Process | None = None
        self._session: ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set(self, **settings: object) -> None:
        """Add settings before a start; `__` stands for a dot, `_` for a dash."""
        for name, value in settings.items():
            self._settings[name.replace("__", ".").replace("_", "-")] = value

    def add(self, settings: Mapping[str, object]) -> None:
        """Add settings before a start, by their names."""
        self._settings.update(settings)

    async def start(self) -> None:
        config = self._folder / "application.yml"
        config.write_text(json.dumps(self._settings))
        command = [sys.executable, "-m", "configserver", "serve", "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--state-dir", str(self._folder / "state")]
        self._process = await asyncio.to_thread(Process, command, port=self.port, log=self.log)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None:
            await asyncio.to_thread(self._process.stop)

    def end(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            self._process.signal(signal.SIGTERM)

    async def get(self, target: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            ClientSession(timeout=ClientTimeout(total=30)) as session,
            session.get(f"{self.url}{target}", headers=named) as answer,
        ):
            return await answer.json(content_type=None)

    async def hook(self) -> int:
        """Tell it that something was pushed."""
        async with (
            ClientSession(timeout=ClientTimeout(total=30)) as session,
            session.post(
                f"{self.url}/monitor",
                data={"path": "*"},
                headers={"Authorization": f"Bearer {HOOK}"},
            ) as answer,
        ):
            return answer.status

    def remembered(self) -> str:
        """Return what it has written down of those who asked."""
        file = self._folder / "state" / "asked.jsonl"
        return file.read_text() if file.exists() else ""

    async def version(self) -> str:
        version: str = (await self.get("/shop/dev"))["version"]
        return version

    async def health(self) -> Any:
        return await self.get("/actuator/health/push")


@asynccontextmanager
async def replicas(
    folder: Path, uri: str, settings: Mapping[str, object], count: int = 2
) -> AsyncIterator[list[tuple[Replica, Receiver]]]:
    """Start servers with the same settings, each with a receiver of its webhooks.

    `PEERS` in a setting stands for the addresses of all.
    """
    async with AsyncExitStack() as stack:
        made = []
        for number in range(count):
            one = Replica(folder / f"replica{number}", uri, settings)
            stack.push_async_callback(one.kill)
            told = await stack.enter_async_context(receiver())
            one.set(configserver__notify__webhooks__test__url=f"{told.url}/hook")
            made.append((one, told))
        peers = ",".join(one.url for one, _ in made)
        for one, _ in made:
            if settings.get("configserver.replicas.peers") == "PEERS":
                one.set(configserver__replicas__peers=peers)
        await asyncio.gather(*(one.start() for one, _ in made))
        yield made


def told_of(told: Receiver, commit: str) -> list[dict[str, Any]]:
    """Return the messages that tell of a commit of the application `shop`."""
    bodies = [json.loads(got.body) for got in told.got]
    return [
        body
        for body in bodies
        for change in body["changes"]
        if change["application"] == "shop" and change["after"]["commit"] == commit
    ]


async def hears(told: Receiver, commit: str, seconds: float = 30.0) -> None:
    """Wait until somebody is told of a commit."""
    await until(lambda: told_of(told, commit), seconds)
