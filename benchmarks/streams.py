"""Many clients that watch, in one process: no task and no queue for any of them."""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import cast

_ADDRESSES = 16
"""Local addresses that connections come from, as each has only so many ports."""

_AT_ONCE = 100
_numbers = count()


@dataclass
class Seen:
    """What clients have seen.

    Attributes:
        opened: streams that began.
        changes: change events.
        first: when the first of these came, on the clock of `time.perf_counter`.
        last: when the last of them came.
    """

    opened: int = 0
    changes: int = 0
    first: float = 0.0
    last: float = 0.0

    def reset(self) -> None:
        """Count changes anew."""
        self.changes, self.first, self.last = 0, 0.0, 0.0


@dataclass
class Clients:
    """Connections of one kind."""

    seen: Seen = field(default_factory=Seen)
    transports: list[asyncio.Transport] = field(default_factory=list)

    async def connect(self, port: int, path: str, number: int) -> None:
        """Open streams, a hundred at a time, and wait until all have begun."""
        until = self.seen.opened + number
        for begin in range(0, number, _AT_ONCE):
            wave = [connect(port, path, self) for _ in range(min(_AT_ONCE, number - begin))]
            await asyncio.gather(*wave)
        await eventually(lambda: self.seen.opened >= until)

    def close(self) -> None:
        """Close all of them."""
        for transport in self.transports:
            transport.abort()
        self.transports.clear()


class Client(asyncio.Protocol):
    """One stream."""

    __slots__ = ("_clients", "_open", "_request")

    def __init__(self, clients: Clients, request: bytes) -> None:
        self._clients = clients
        self._request = request
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        connection = cast("asyncio.Transport", transport)  # uvloop's do not say so themselves
        self._clients.transports.append(connection)
        connection.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count."""
        seen = self._clients.seen
        if not self._open and b"\n\n" in data:
            self._open = True
            seen.opened += 1
        if changes := data.count(b"event: change"):
            seen.last = time.perf_counter()
            seen.first = seen.first or seen.last
            seen.changes += changes


def request(path: str, last_event_id: str = "") -> bytes:
    """Return a request for a stream, as long as that of a small client."""
    resume = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
    lines = f"GET {path} HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: benchmark/1\r\n"
    return f"{lines}Accept: text/event-stream\r\n{resume}\r\n".encode()


async def connect(port: int, path: str, clients: Clients) -> None:
    """Open one stream."""
    loop = asyncio.get_running_loop()
    line = request(path)
    await loop.create_connection(
        lambda: Client(clients, line), "127.0.0.1", port, local_addr=local_address()
    )


def local_address() -> tuple[str, int]:
    """Return one of a few addresses of this machine, in turn."""
    return f"127.0.0.{next(_numbers) % _ADDRESSES + 1}", 0


async def deaf(port: int, path: str, number: int) -> list[socket.socket]:
    """Open streams of clients that never read."""
    loop = asyncio.get_running_loop()
    found = []
    for _ in range(number):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.setblocking(False)
        await loop.sock_connect(one, ("127.0.0.1", port))
        await loop.sock_sendall(one, request(path))
        found.append(one)
    return found


async def newest(port: int, path: str) -> str:
    """Return the id of the event that a stream begins with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(path))
    async with asyncio.timeout(10):
        while not (line := await reader.readline()).startswith(b"id: "):
            pass
    writer.close()
    return line.removeprefix(b"id: ").strip().decode()


async def eventually(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until a function returns something true.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - a protocol counts, nobody sets an event
            await asyncio.sleep(0.01)
