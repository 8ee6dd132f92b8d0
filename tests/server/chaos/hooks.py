"""Webhooks as they come in the real world."""

import asyncio
from contextlib import suppress
from random import Random

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.server.chaos.history import History
from tests.server.chaos.stage import Stage
from tests.server.replicas import HOOK

_TRIES = 100
_AGAIN = 0.3


class Hooks:
    """Webhooks as they come: to one server, to none, twice, or too early.

    Args:
        stage: the servers.
        random: says what becomes of each.
        sure: whether each push is told to some server, by tries if need be.

    Attributes:
        sent: what became of them, how often.
    """

    def __init__(self, stage: Stage, random: Random, *, sure: bool) -> None:
        self._servers = stage.servers
        self._random = random
        self._sure = sure
        self._tasks: set[asyncio.Task[None]] = set()
        self.sent: dict[str, int] = {}

    async def push(self, history: History) -> None:
        """Push what was committed, and send the webhook."""
        kinds = ("once", "twice", "lost", "early")
        (kind,) = self._random.choices(kinds, (70, 10, 0 if self._sure else 10, 10))
        self.sent[kind] = self.sent.get(kind, 0) + 1
        if kind == "early":
            await self._taken()
        await asyncio.to_thread(history.push)
        for _ in range({"once": 1, "twice": 2, "early": int(self._sure)}.get(kind, 0)):
            self._later()

    async def close(self) -> None:
        """Wait for those under way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _later(self) -> None:
        task = asyncio.create_task(self._send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self) -> None:
        for _ in range(_TRIES if self._sure else 1):
            if await self._taken():
                return
            await asyncio.sleep(_AGAIN)

    async def _taken(self) -> bool:
        server = self._random.choice(self._servers)
        headers = {"Authorization": f"Bearer {HOOK}"}
        with suppress(ClientError, OSError, TimeoutError):
            async with (
                ClientSession(timeout=ClientTimeout(3)) as session,
                session.post(f"{server.url}/monitor", data={"path": "*"}, headers=headers) as sent,
            ):
                name = f"answered {sent.status}"
                self.sent[name] = self.sent.get(name, 0) + 1
                return sent.status == 200
        return False
