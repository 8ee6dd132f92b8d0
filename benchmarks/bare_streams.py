"""The yardstick for pushes and watchers: aiohttp on uvloop that writes to all of its streams.

Run as `python benchmarks/bare_streams.py PORT`, until killed. Everybody is told of each `POST` to
`/monitor`, and of each line on standard input if that is a pipe. It looks at no repository and
compares nothing.
"""

import asyncio
import os
import stat
import sys

import uvloop
from aiohttp import web

_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
_DATA = b"x" * 240


class Streams:
    """Streams that are open."""

    def __init__(self) -> None:
        self._open: set[web.StreamResponse] = set()
        self._ended = asyncio.Event()

    async def watch(self, request: web.Request) -> web.StreamResponse:
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

    async def hear(self, request: web.Request) -> web.Response:
        """Tell everybody of a webhook."""
        await request.read()
        await self.tell(_DATA)
        return web.json_response([])

    async def tell(self, data: bytes) -> None:
        """Write to all of them."""
        for response in tuple(self._open):
            await response.write(b"event: change\nid: c:e\ndata: " + data + b"\n\n")


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


async def _lines(streams: Streams) -> None:
    """Tell everybody of each line on standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await streams.tell(line.strip())


async def main(port: int) -> None:
    """Serve until killed."""
    streams = Streams()
    application = web.Application()
    application.router.add_post("/monitor", streams.hear)
    application.router.add_get("/watch/{path:.*}", streams.watch)
    application.router.add_get("/{path:.*}", _ready)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        await _lines(streams)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
