"""`POST /admin/replicas/hint`: another replica of this server heard that something changed."""

from aiohttp import web

from configserver.push.doors.inbox import Inbox
from configserver.push.doors.peers import PATH, SIGNATURE_HEADER, TIMESTAMP_HEADER
from configserver.web.bodies import read_bytes
from configserver.web.extensions import Extension
from configserver.web.negotiation import Accept
from configserver.web.paths import Target
from configserver.web.routes import Kind, Match, Route, Variables

_SEGMENTS = tuple(PATH.strip("/").split("/"))


def replicas_extension(inbox: Inbox) -> Extension:
    """Return the address that peers send their hints to; the server's prefix does not move it."""

    async def answer(request: web.Request, _: Match, __: Accept) -> web.Response:
        body = await read_bytes(request)
        inbox.take(
            body,
            timestamp=request.headers.get(TIMESTAMP_HEADER, ""),
            signature=request.headers.get(SIGNATURE_HEADER, ""),
        )
        return web.Response(status=204)

    route = Route(Kind.REPLICAS, "POST", _variables, prefixed=False)
    return Extension((route,), answer)


def _variables(target: Target) -> Variables | None:
    return {} if target.segments == _SEGMENTS else None
