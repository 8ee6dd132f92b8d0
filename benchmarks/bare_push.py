"""The yardstick for pushes: aiohttp on uvloop that writes to its streams whenever it gets a POST.

Run as `python benchmarks/bare_push.py PORT`. It looks at no repository and compares nothing.
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

    async def tell(self, request: web.Request) -> web.Response:
        """Write to all of them."""
        await request.read()
        for response in tuple(self._open):
            await response.write(b"event: change\nid: c:e\ndata: " + b"x" * 240 + b"\n\n")
        return web.json_response([])


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


def main(port: int) -> None:
    """Serve until killed."""
    uvloop.install()
    streams = Streams()
    application = web.Application()
    application.router.add_post("/monitor", streams.tell)
    application.router.add_get("/watch/{path:.*}", streams.watch)
    application.router.add_get("/{path:.*}", _ready)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
