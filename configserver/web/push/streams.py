"""Server-Sent Events: a stream for each client, written without waking a task for each."""

import asyncio
import socket
from collections.abc import Callable
from random import Random
from typing import Final

from aiohttp import HttpVersion11, web

from configserver.push import Change, State
from configserver.push.watching.hub import Hub
from configserver.query import Query
from configserver.web.options import WatchOptions
from configserver.web.push.events import (
    HEARTBEAT,
    Frame,
    change_json,
    event,
    frame,
    state_json,
    state_of,
)
from configserver.web.push.wires import Kind, Wire

_HEARTBEAT: Final = frame(HEARTBEAT)
_SPREAD: Final = (0.8, 1.2)
"""Shares of a time that is jittered."""


class Manner:
    """What all streams have in common.

    Args:
        hub: who knows what is newest.
        options: settings.
        random: for jitter.
        clock: seconds, as the hub's.
    """

    def __init__(
        self, hub: Hub, options: WatchOptions, random: Random, clock: Callable[[], float]
    ) -> None:
        self.hub = hub
        self.options = options
        self.clock = clock
        self._random = random
        self._last: tuple[Change, bool, Frame] | None = None

    def about(self, seconds: float) -> float:
        """Return some seconds more or less."""
        return seconds * self._random.uniform(*_SPREAD)

    def encoded(self, change: Change, *, reread: bool) -> Frame:
        """Return a change as an event; one change goes to many in turn, so the last is kept."""
        last = self._last
        if last is not None and last[0] is change and last[1] == reread:
            return last[2]
        name = "reread" if reread else "change"
        made = frame(event(name, change.after, change_json(change, reread=reread)))
        self._last = change, reread, made
        return made

    def first(self, query: Query, state: State, last_event_id: str | None) -> bytes:
        """Return what a stream begins with.

        That is the state, or if the client holds one already, what changed since.
        """
        retry = int(self.options.retry * 1000 * self._random.uniform(1, 2))
        head = f"retry: {retry}\n\n".encode()
        held = None if last_event_id is None else state_of(last_event_id)
        if held is None:
            return head + event("state", state, state_json(query, state))
        if held.etag == state.etag:
            return head + HEARTBEAT
        change = self.hub.between(query, held, state)
        return head + event("change", state, change_json(change))


class Stream(Wire):
    """One client's stream.

    The transport's buffer is the only queue. While it is full nothing more is written; as soon as
    it has drained the client is told to read everything again, unless it took too long.

    Args:
        query: what is watched.
        request: of whom.
        manner: what all streams have in common.

    Attributes:
        ended: done when the client is gone or the stream is to end.
    """

    __slots__ = ("_chunked", "_ends", "_full_since", "_manner", "_missed", "ended")

    kind: Kind = "stream"

    def __init__(self, query: Query, request: web.Request, manner: Manner) -> None:
        super().__init__(query, request)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._manner = manner
        self._chunked = request.version >= HttpVersion11
        self._full_since: float | None = None
        self._missed = False
        now, lifetime = manner.clock(), manner.options.lifetime
        self._ends = float("inf") if lifetime is None else now + manner.about(lifetime)
        self.due = min(now + manner.about(manner.options.heartbeat), self._ends)

    @property
    def behind(self) -> bool:
        """Whether something could not be told."""
        return self._missed

    def attach(self) -> None:
        """Step in, and bound what may wait for the client here and in the kernel."""
        super().attach()
        if self.transport is not None:
            most = self._manner.options.buffer
            self.transport.set_write_buffer_limits(high=most, low=0)
            if connection := self.transport.get_extra_info("socket"):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, most)
            if self.transport.get_write_buffer_size() > most:  # of an answer before this one
                self._full_since = self._manner.clock()

    def tell(self, change: Change) -> None:
        """Send a change, or note that there is no room for it."""
        if self._full_since is not None:
            self._missed = True
            return
        missed, self._missed = self._missed, False
        self._write(self._manner.encoded(change, reread=missed))
        self.held = change.after
        self.told += 1

    def tend(self, now: float) -> None:
        """Send a sign of life, or end what has lived long enough, or is stuck."""
        if self._full_since is not None:
            self._abort()
        elif now >= self._ends:
            self.end()
        else:
            self._write(_HEARTBEAT)
        self.due = min(now + self._manner.about(self._manner.options.heartbeat), self._ends)

    def end(self) -> None:
        """End the stream in order; one that is stuck has no order left."""
        if self._full_since is not None:
            self._abort()
        self.lost()

    def lost(self) -> None:
        """End waiting."""
        if not self.ended.done():
            self.ended.set_result(None)

    def pause_writing(self) -> None:
        """Learn that there is no room."""
        super().pause_writing()
        self._full_since = self._manner.clock()
        self.due = self._full_since + self._manner.options.slow

    def resume_writing(self) -> None:
        """Learn that there is room again, and tell what was missed."""
        super().resume_writing()
        self._full_since = None
        self.due = min(self._manner.clock() + self._manner.options.heartbeat, self._ends)
        if self._missed:
            self._manner.hub.catch_up(self)

    def _write(self, data: Frame) -> None:
        transport = self.transport
        if transport is not None and not self.gone and not transport.is_closing():
            transport.write(data.chunk if self._chunked else data.plain)

    def _abort(self) -> None:
        if self.transport is not None and not self.gone:
            self.transport.abort()
