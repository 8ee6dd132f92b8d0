"""Readers that ask at a steady pace, each on a connection of its own, and look at each answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Wanted:
    """A path, and what its answer must hold."""

    path: str
    mark: bytes


@dataclass(frozen=True, slots=True)
class Readings:
    """What readers saw.

    Attributes:
        waits: seconds that each answer took, sorted.
        wrong: answers with another status than 200, or without their mark.
    """

    waits: Sequence[float]
    wrong: int

    def percentile(self, share: float) -> float:
        """Return the wait that this share of the answers did not exceed."""
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]


async def read(
    port: int, wanted: Sequence[Wanted], *, readers: int, pause: float, seconds: float
) -> Readings:
    """Let readers ask for a while, each for one of the paths, with about a pause in between."""
    end = time.monotonic() + seconds
    every = [
        _reader(port, wanted[number % len(wanted)], Random(number), pause, end)
        for number in range(readers)
    ]
    seen = await asyncio.gather(*every)
    waits = sorted(wait for waits, _ in seen for wait in waits)
    return Readings(waits, sum(wrong for _, wrong in seen))


async def _reader(
    port: int, wanted: Wanted, random: Random, pause: float, end: float
) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {wanted.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    waits: list[float] = []
    wrong = 0
    await asyncio.sleep(random.random() * pause)
    while time.monotonic() < end:
        began = time.perf_counter()
        writer.write(request)
        good, body = await _answer(reader)
        waits.append(time.perf_counter() - began)
        wrong += not good or wanted.mark not in body
        await asyncio.sleep(pause * (0.5 + random.random()))
    writer.close()
    return waits, wrong


async def _answer(reader: asyncio.StreamReader) -> tuple[bool, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return head.startswith(b"HTTP/1.1 200 "), await reader.readexactly(length)
