"""Addresses that a server has only if it is set up so, and what answers them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from configserver.web.negotiation import Accept
from configserver.web.routes import Match, Route

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""Answers every request."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Some addresses before all others, with one handler.

    Attributes:
        routes: entries for the table of addresses; no other extension has their kinds.
        answer: makes the response, or sends it itself and returns it; a ConfigError that it raises
            is answered as everywhere.
    """

    routes: tuple[Route, ...]
    answer: Callable[[web.Request, Match, Accept], Awaitable[web.StreamResponse]]
