"""Clients that watch as applications do: they hold a state, and what they read after it."""

import asyncio
import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.server.chaos.content import Asked, Values

ABSENT: Final = "absent"
"""Held by who was told that there is no such label."""

_PAUSE: Final = 0.1
_LOST: Final = (ClientError, OSError, TimeoutError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class Told:
    """What a watcher was told.

    Attributes:
        name: `state`, `change`, `reread`, or `absent` for a 404.
        held: the etag that it held before, None at first.
        held_commit: the commit.
        etag: that it holds now.
        commit: None if there is no such label.
        keys: names of changed keys, None if all has to be read.
        resumed: whether it had said what it held.
    """

    name: str
    held: str | None
    held_commit: str | None
    etag: str
    commit: str | None
    keys: tuple[str, ...] | None
    resumed: bool


@dataclass(kw_only=True)
class Watcher:
    """What all have in common.

    Attributes:
        asked: what it watches.
        urls: of the servers; it goes on to the next when it loses one.
        told: all it was told.
        etag: what it holds.
        values: what it read after it was told.
    """

    asked: Asked
    urls: Sequence[str]
    told: list[Told] = field(default_factory=list)
    etag: str | None = None
    commit: str | None = None
    values: Values | None = None
    dirty: bool = True
    connections: int = 0

    async def run(self) -> None:
        """Watch until cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=None, sock_connect=10)) as session:
            while True:
                url = self.urls[self.connections % len(self.urls)]
                self.connections += 1
                with suppress(*_LOST):
                    await self.watch(session, url)
                await asyncio.sleep(_PAUSE)

    async def watch(self, session: ClientSession, url: str) -> None:
        """Watch at one server until that ends."""
        raise NotImplementedError

    def take(self, name: str, data: Any, *, resumed: bool) -> None:
        """Hold what one is told."""
        keys = data.get("keys")
        told = Told(
            name,
            self.etag,
            self.commit,
            data["etag"],
            data["commit"],
            None if keys is None else tuple(keys),
            resumed,
        )
        self.told.append(told)
        self.etag, self.commit, self.dirty = told.etag, told.commit, True

    async def refused(self, status: int) -> None:
        """Take an answer without a watch."""
        if status == 404:
            if self.etag != ABSENT:
                self.take(ABSENT, {"etag": ABSENT, "commit": None}, resumed=False)
            self.values, self.dirty = {}, False
        await asyncio.sleep(2 * _PAUSE)

    async def read(self, session: ClientSession, url: str) -> None:
        """Read all values anew, if one was told to; stays to be done if it fails."""
        if not self.dirty:
            return
        self.dirty = False
        try:
            self.values = await values(session, url, self.asked)
        except _LOST:
            self.dirty = True
        except asyncio.CancelledError:
            self.dirty = True
            raise


async def values(session: ClientSession, url: str, asked: Asked) -> Values:
    """Return what a server answers with now; nothing if it knows no such label."""
    async with session.get(url + asked.path, timeout=ClientTimeout(20)) as answer:
        if answer.status == 404:
            return {}
        answer.raise_for_status()
        body = await answer.json()
    found: dict[str, str] = {}
    for source in reversed(body["propertySources"]):
        found.update({key: str(value) for key, value in source["source"].items()})
    return found


@dataclass(kw_only=True)
class Poller(Watcher):
    """Long polls, each with the etag that it holds."""

    wait: float = 3.0

    async def watch(self, session: ClientSession, url: str) -> None:
        resumed = self.etag is not None
        headers = {"If-None-Match": f'"{self.etag}"'} if resumed else {}
        target = f"{url}/watch{self.asked.path}?wait={self.wait}"
        async with session.get(target, headers=headers, timeout=ClientTimeout(15)) as answer:
            if answer.status not in {200, 304}:
                await self.refused(answer.status)
                return
            if answer.status == 200:
                data = json.loads(await answer.read())
                self.take("change" if resumed else "state", data, resumed=resumed)
        await self.read(session, url)


@dataclass(kw_only=True)
class Streamer(Watcher):
    """Server-Sent Events over a bare socket.

    Attributes:
        resumes: whether it says what it holds when it connects again.
        slow: seconds that it takes over each event, in which it reads nothing.
    """

    resumes: bool = True
    slow: float = 0.0

    async def watch(self, session: ClientSession, url: str) -> None:
        reader, writer = await self._connected(url)
        reading: asyncio.Task[None] | None = None
        try:
            lines = [f"GET /watch{self.asked.path} HTTP/1.0", "Accept: text/event-stream"]
            if resumed := self.resumes and self.etag is not None:
                lines.append(f"Last-Event-ID: {self.commit or ''}:{self.etag}")
            writer.write("\r\n".join([*lines, "", ""]).encode())
            status = int((await reader.readline()).split()[1])
            if status != 200:
                await self.refused(status)
                return
            await reader.readuntil(b"\r\n\r\n")
            reading = asyncio.create_task(self._read(session, url))
            while True:
                await self._event(reader, resumed=resumed)
                if self.slow:
                    await self._dawdle(writer.transport)
        finally:
            writer.close()
            if reading is not None:
                reading.cancel()
                await asyncio.wait([reading])

    async def _dawdle(self, transport: asyncio.WriteTransport) -> None:
        """Leave what comes where it is for a while, which is soon in the server's buffer."""
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await asyncio.sleep(self.slow)
        transport.resume_reading()

    async def _event(self, reader: asyncio.StreamReader, *, resumed: bool) -> None:
        block = (await reader.readuntil(b"\n\n")).decode()
        lines = (line.split(": ", 1) for line in block.strip("\n").split("\n"))
        fields = {line[0]: line[-1] for line in lines}
        if "data" in fields:
            self.take(fields["event"], json.loads(fields["data"]), resumed=resumed)

    async def _connected(self, url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        place = urlsplit(url)
        connection = socket.socket()
        connection.setblocking(False)
        if self.slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(connection, (place.hostname, place.port))
            return await asyncio.open_connection(sock=connection)
        except BaseException:
            connection.close()
            raise

    async def _read(self, session: ClientSession, url: str) -> None:
        """Read as long as one is connected here, whenever one is told to."""
        while True:
            await asyncio.sleep(0.03)
            await self.read(session, url)
