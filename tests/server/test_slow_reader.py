"""A server as a process, and somebody who watches without reading: told to read again, alone."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest

from tests.peers.processes import program
from tests.push.doors.waiting import until
from tests.server.conftest import commit
from tests.server.replicas import Replica

CHANGES = 12
KEYS = tuple(f"{'a-rather-long-name-of-a-key-' * 3}{number}" for number in range(300))
"""Their names are some 26 KB: more than fits in what the server keeps for a client."""


def wide(value: object) -> dict[str, str]:
    return {"wide.yml": "".join(f"{key}: {value}\n" for key in KEYS)}


class Event(NamedTuple):
    """What a client is told."""

    name: str
    id: str
    data: Any


class Reader:
    """A client that takes from its socket what it needs for the next event, and nothing else."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._bytes = b""
        self.events: list[Event] = []

    @classmethod
    async def at(cls, server: Replica, path: str) -> Self:
        """Watch something, with a small buffer in the kernel."""
        loop = asyncio.get_running_loop()
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", server.port))
        request = f"GET /watch{path} HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n"
        await loop.sock_sendall(connection, request.encode())
        reader = cls(connection)
        assert b" 200 " in await reader._until(b"\r\n\r\n")
        return reader

    async def read(self) -> Event:
        """Read on to the next event."""
        async with asyncio.timeout(20):
            while b"data: " not in (block := await self._until(b"\n\n")):
                continue  # a sign of life, or when to come again
        fields = dict(line.split(": ", 1) for line in block.decode().strip().split("\n"))
        event = Event(fields["event"], fields["id"], json.loads(fields["data"]))
        self.events.append(event)
        return event

    async def read_all(self) -> None:
        """Read whatever comes, until cancelled."""
        while True:
            await self.read()

    def close(self) -> None:
        self._connection.close()

    async def _until(self, end: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        while end not in self._bytes:
            data = await loop.sock_recv(self._connection, 2048)
            if not data:
                raise EOFError
            self._bytes += data
        found, _, self._bytes = self._bytes.partition(end)
        return found


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Replica]:
    program("git")
    await asyncio.to_thread(commit, tmp_path / "r", {**wide(0), "shop.yml": "n: 0\n"})
    settings = {"configserver.watch.buffer": "4KB", "configserver.watch.admin": True}
    one = Replica(tmp_path / "server", str(tmp_path / "r"), settings)
    await one.start()
    yield one
    await one.kill()


@asynccontextmanager
async def reading(server: Replica, path: str) -> AsyncIterator[list[Event]]:
    """Read all that one is told; yield it as it comes."""
    reader = await Reader.at(server, path)
    task = asyncio.create_task(reader.read_all())
    try:
        await until(lambda: reader.events)
        yield reader.events
    finally:
        task.cancel()
        await asyncio.wait([task])
        reader.close()


async def held(server: Replica, path: str) -> Any:
    """Return what the server itself says is newest."""
    return await server.get(f"/watch{path}?wait=1s")


async def test_who_does_not_read_is_told_to_read_again(server: Replica, tmp_path: Path) -> None:
    """Others are told of each change in its order meanwhile, and then all goes on for all."""
    slow = await Reader.at(server, "/wide/default")
    state = await slow.read()
    async with reading(server, "/wide/default") as told, reading(server, "/shop/dev") as shop:
        for number in range(1, CHANGES + 1):
            await asyncio.to_thread(
                commit, tmp_path / "r", wide(number) | {"shop.yml": f"n: {number}\n"}
            )
            await until(lambda number=number: len(told) == len(shop) == number + 1)  # type: ignore[misc]
        [first, *changes] = told
        assert first == state
        assert {event.name for event in changes} == {"change"}
        assert all(event.data["keys"] == sorted(KEYS) for event in changes)
        assert [event.data["previousCommit"] for event in changes] == [
            event.data["commit"] for event in told[:-1]
        ]
        assert [event.data["keys"] for event in shop[1:]] == [["n"]] * CHANGES
        rows = (await server.get("/admin/watchers"))["watchers"]
        assert sorted(row["behind"] for row in rows) == [False, False, True]

        while (await slow.read()).name == "change":
            continue  # it had been sent before the server noticed
        *before, reread = slow.events
        assert before == told[: len(before)]
        assert len(before) < CHANGES
        newest = await held(server, "/wide/default")
        assert reread.name == "reread"
        assert reread.id == told[-1].id
        assert reread.data["keys"] is None
        assert reread.data["previousCommit"] == before[-1].data["commit"]
        assert (reread.data["commit"], reread.data["etag"]) == (newest["commit"], newest["etag"])
        assert newest["commit"] == (await server.get("/wide/default"))["version"]

        await asyncio.to_thread(commit, tmp_path / "r", {"wide.yml": f"{KEYS[0]}: last\n"})
        last = await slow.read()
        await until(lambda: len(told) == CHANGES + 2)
        assert last == told[-1]
        assert last.name == "change"
        assert last.data["previousCommit"] == newest["commit"]
    slow.close()
