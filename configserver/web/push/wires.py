"""A connection that is held for long: who is there, and whether they still are."""

import asyncio
from sys import intern
from time import time
from typing import Literal, TypeAlias

from aiohttp import hdrs, web

from configserver.push import State
from configserver.query import Query

Kind: TypeAlias = Literal["stream", "poll"]

_MAX_AGENT = 80


class Wire(asyncio.Protocol):
    """Stands between a connection and aiohttp for as long as somebody watches.

    So it learns at once that a client is gone, which aiohttp tells no handler, and when a slow one
    has read what waited for it. All else goes on to aiohttp's own protocol.

    Args:
        query: what is watched.
        request: of whom.

    Attributes:
        held: the state that the client was told last.
        due: when it has to be tended.
        since: when it came, in seconds since 1970.
        address: where it came from.
        agent: the beginning of its User-Agent.
        told: how many events it was sent.
        gone: whether the connection is lost.
    """

    __slots__ = (
        *("_inner", "_query", "address", "agent", "due", "gone", "held", "since", "told"),
        "transport",
    )

    kind: Kind

    def __init__(self, query: Query, request: web.Request) -> None:
        self._query = query
        self.held: State | None = None
        self.due = float("inf")
        self.since = time()
        self.address = request.remote or ""
        self.agent = intern(request.headers.get(hdrs.USER_AGENT, "")[:_MAX_AGENT])
        self.told = 0
        self.transport = request.transport
        self.gone = self.transport is None
        self._inner: asyncio.BaseProtocol | None = None

    @property
    def query(self) -> Query:
        """What is watched."""
        return self._query

    @property
    def behind(self) -> bool:
        """Whether something could not be told."""
        return False

    def attach(self) -> None:
        """Step between the connection and its protocol, if the client is still there."""
        if self.transport is None:
            self.lost()
            return
        self._inner = self.transport.get_protocol()
        self.transport.set_protocol(self)

    def detach(self) -> None:
        """Step back."""
        if self.transport is not None and self._inner is not None and not self.gone:
            self.transport.set_protocol(self._inner)

    def lost(self) -> None:
        """Learn that the client is gone."""

    def data_received(self, data: bytes) -> None:
        """Hand on what comes before its turn."""
        if isinstance(self._inner, asyncio.Protocol):
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand on that no more will come."""
        return self._inner.eof_received() if isinstance(self._inner, asyncio.Protocol) else None

    def pause_writing(self) -> None:
        """Hand on that the client reads too slowly."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on that it has caught up."""
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn and hand on that the client is gone."""
        self.gone = True
        self.lost()
        if self._inner is not None:
            self._inner.connection_lost(exc)
