"""`GET /watch/{application}/{profile}[/{label}]`: Server-Sent Events, or long poll."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from time import monotonic
from typing import Final

from aiohttp import hdrs, web

from configserver.push import Change, State
from configserver.push.watching.admission import Admission
from configserver.push.watching.hub import Hub
from configserver.query import Query
from configserver.web.environments import query_of
from configserver.web.extensions import Extension
from configserver.web.negotiation import JSON, Accept
from configserver.web.options import WatchOptions
from configserver.web.paths import Target
from configserver.web.push.events import change_json, entity_tags, state_json
from configserver.web.push.streams import Manner, Stream
from configserver.web.push.waits import wait_of
from configserver.web.push.wires import Kind as WireKind
from configserver.web.push.wires import Wire
from configserver.web.routes import Kind, Match, Route, Variables

EVENTS: Final = "text/event-stream"

_HEADERS: Final = {"Server": "configserver", "Cache-Control": "no-store"}
_STREAM_HEADERS: Final = {**_HEADERS, "Content-Type": EVENTS, "X-Accel-Buffering": "no"}


class Watching:
    """Answers those who watch.

    Args:
        hub: who tells them.
        options: settings.
        random: for jitter.
        clock: seconds, as the hub's.
    """

    def __init__(
        self,
        hub: Hub,
        options: WatchOptions,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._hub = hub
        self._admission = Admission(options.limit, options.per_address)
        jitter = random or Random()  # noqa: S311 - no secret
        self._manner = Manner(hub, options, jitter, clock)

    @property
    def extension(self) -> Extension:
        """The addresses."""
        return Extension((Route(Kind.WATCH, "GET", _variables, _accepts),), self.answer)

    async def answer(
        self, request: web.Request, match: Match, accept: Accept
    ) -> web.StreamResponse:
        """Answer with a stream, or with one change.

        Raises:
            ConfigError: as an environment's; too many watchers.
        """
        query = query_of(match.variables)
        streamed = _wants_stream(accept)
        if request.method == hdrs.METH_HEAD:
            return await self._head(query, streamed=streamed)
        wire = Stream(query, request, self._manner) if streamed else Poll(query, request)
        self._admission.enter(wire.address)
        wire.attach()
        try:
            if isinstance(wire, Stream):
                return await self._streamed(wire, request)
            wait = wait_of(match.variables.get("wait"), request.headers.get("Prefer", ""))
            return await self._polled(wire, request, wait)
        finally:
            self._hub.leave(wire)
            wire.detach()
            self._admission.leave(wire.address)

    async def _head(self, query: Query, *, streamed: bool) -> web.Response:
        state = await self._hub.current(query)
        if streamed:
            return web.Response(headers=_STREAM_HEADERS)
        return _response(200, state.etag, state_json(query, state))

    async def _streamed(self, stream: Stream, request: web.Request) -> web.StreamResponse:
        state = await self._hub.join(stream)
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        response.force_close()  # who connects again may find another replica less busy
        first = self._manner.first(stream.query, state, request.headers.get("Last-Event-ID"))
        with suppress(ConnectionError):
            await response.prepare(request)
            await response.write(first)
            self._hub.begin(stream, state)
            await stream.ended
        return response

    async def _polled(self, poll: "Poll", request: web.Request, wait: float) -> web.Response:
        """Answer at once if the client holds another state than the current one, else wait."""
        state = await self._hub.join(poll)
        tags = entity_tags(",".join(request.headers.getall(hdrs.IF_NONE_MATCH, ())))
        if not tags:
            return _response(200, state.etag, state_json(poll.query, state))
        if state.etag not in tags:
            return _changed(self._hub.between(poll.query, State(None, tags[0]), state))
        self._hub.begin(poll, state)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                if (change := await poll.change) is not None:
                    return _changed(change)
        return _response(304, state.etag)


class Poll(Wire):
    """One client's long poll.

    Args:
        query: what is watched.
        request: of whom.

    Attributes:
        change: what it waits for; None if nothing will come any more.
    """

    __slots__ = ("change",)

    kind: WireKind = "poll"

    def __init__(self, query: Query, request: web.Request) -> None:
        super().__init__(query, request)
        self.change: asyncio.Future[Change | None] = asyncio.get_running_loop().create_future()

    def tell(self, change: Change) -> None:
        """Answer with a change."""
        if not self.change.done():
            self.change.set_result(change)
            self.held = change.after
            self.told += 1

    def tend(self, now: float) -> None:
        """Do nothing: its request has a limit of its own."""

    def end(self) -> None:
        """Answer that nothing changed."""
        self.lost()

    def lost(self) -> None:
        """End waiting."""
        if not self.change.done():
            self.change.set_result(None)


def _changed(change: Change) -> web.Response:
    return _response(200, change.after.etag, change_json(change))


def _response(status: int, etag: str, body: bytes | None = None) -> web.Response:
    headers = {**_HEADERS, "ETag": f'"{etag}"'}
    if body is not None:
        headers["Content-Type"] = JSON
    return web.Response(status=status, headers=headers, body=body)


def _variables(target: Target) -> Variables | None:
    first, *names = target.segments
    if first != "watch" or len(names) not in {2, 3} or not all(names):
        return None
    found = dict(zip(("name", "profiles", "label"), names, strict=False))
    wait = target.parameters.get("wait")
    return found if wait is None else {**found, "wait": wait}


def _accepts(accept: Accept) -> bool:
    """Say whether the client wants one of the two; Boot's clients want neither by name."""
    return any(wanted.covers(JSON) or wanted.covers(EVENTS) for wanted in accept or ())


def _wants_stream(accept: Accept) -> bool:
    for wanted in accept or ():
        if wanted.covers(JSON):
            return False
        if wanted.covers(EVENTS):
            return True
    return False
