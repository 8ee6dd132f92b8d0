"""`GET /admin/watchers`: who is connected, on which commit, since when."""

import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from aiohttp import web

from configserver.errors import InvalidRequest
from configserver.push.watching.hub import Hub
from configserver.web.extensions import Extension
from configserver.web.negotiation import JSON, Accept
from configserver.web.paths import Target
from configserver.web.push.wires import Wire
from configserver.web.routes import Kind, Match, Route, Variables

PAGE: Final = 100
MOST: Final = 1_000
"""Watchers in one answer."""


class Listing:
    """Answers who watches.

    Args:
        hub: who knows them.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def extension(self) -> Extension:
        """The address."""
        return Extension((Route(Kind.WATCHERS, "GET", _variables, _accepts),), self.answer)

    async def answer(self, _: web.Request, match: Match, __: Accept) -> web.StreamResponse:
        """Answer with a page of watchers, the first to come first.

        Raises:
            InvalidRequest: `offset` or `limit` is no number.
        """
        offset = _number(match.variables, "offset", 0)
        limit = min(_number(match.variables, "limit", PAGE), MOST)
        watchers = self._hub.watchers()
        page = [one for one in islice(watchers, offset, offset + limit) if isinstance(one, Wire)]
        more = offset + limit < len(watchers)
        found = {
            "total": len(watchers),
            "next": offset + limit if more else None,
            "watchers": [self._row(wire) for wire in page],
        }
        headers = {"Server": "configserver", "Cache-Control": "no-store", "Content-Type": JSON}
        return web.Response(body=json.dumps(found).encode(), headers=headers)

    def _row(self, wire: Wire) -> dict[str, Any]:
        query, held, newest = wire.query, wire.held, self._hub.newest(wire.query)
        since = datetime.fromtimestamp(wire.since, UTC).isoformat(timespec="milliseconds")
        return {
            "application": query.name,
            "profiles": list(query.profile_names),
            "label": query.label,
            "kind": wire.kind,
            "since": since.replace("+00:00", "Z"),
            "commit": held.version if held else None,
            "newest": newest.version if newest else None,
            "current": bool(held and newest and held.etag == newest.etag),
            "behind": wire.behind,
            "events": wire.told,
            "address": wire.address,
            "agent": wire.agent,
        }


def _number(variables: Variables, name: str, default: int) -> int:
    text = variables.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidRequest(f"the parameter {name} is no number")
    return int(text)


def _variables(target: Target) -> Variables | None:
    if target.segments != ("admin", "watchers"):
        return None
    asked = target.parameters
    return {name: asked[name] for name in ("offset", "limit") if name in asked}


def _accepts(accept: Accept) -> bool:
    return any(wanted.covers(JSON) for wanted in accept or ())
