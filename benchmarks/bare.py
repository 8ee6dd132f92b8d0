"""The yardstick: aiohttp on uvloop that does nothing but return the same bytes.

Run as `python benchmarks/bare.py PORT FILE`.
"""

import sys
from pathlib import Path

import uvloop
from aiohttp import web


def application(body: bytes) -> web.Application:
    """Return an application that answers every path with the same JSON."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    return app


def main(port: str, path: str) -> None:
    """Serve the file on loopback."""
    web.run_app(
        application(Path(path).read_bytes()),
        host="127.0.0.1",
        port=int(port),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
