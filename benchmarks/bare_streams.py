"""The yardstick for watchers: aiohttp on uvloop that keeps streams open and writes to all of them.

Run as `python benchmarks/bare_streams.py PORT`; each line on standard input is sent to everybody.
"""

import asyncio
import sys

import uvloop
from aiohttp import web

_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}


class Streams:
    """Streams that are open."""

    def __init__(self) -> None:
        self._open: set[web.StreamResponse] = set()
        self._ended = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Open a stream."""
        response = web.StreamResponse(headers=_HEADERS)
        self._open.add(response)
        try:
            await response.prepare(request)
            await response.write(b'event: state\nid: c:e\ndata: {"etag":"e"}\n\n')
            await self._ended.wait()
        except ConnectionError:  # it is gone
            return response
        finally:
            self._open.discard(response)
        return response

    async def tell(self, data: bytes) -> None:
        """Write to all of them."""
        for response in tuple(self._open):
            await response.write(data)


async def main(port: int) -> None:
    """Serve until standard input ends."""
    streams = Streams()
    application = web.Application()
    application.router.add_get("/{path:.*}", streams.handle)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await streams.tell(b"event: change\nid: c:e\ndata: " + line.strip() + b"\n\n")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
