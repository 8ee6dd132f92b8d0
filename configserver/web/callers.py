"""Who asks for configuration, for those who call back."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web
from cachetools import LRUCache

from configserver.errors import ConfigError
from configserver.query import Query
from configserver.web.environments import query_of
from configserver.web.negotiation import parse_accept
from configserver.web.paths import parse_target, prefix_segments
from configserver.web.routes import Kind, Route, find_route

Ask = Callable[[Query, str | None, Mapping[str, str]], None]

_MAX_TARGETS: Final = 2_000
_ANSWERED: Final = frozenset({200, 304})


class Visits:
    """Tells of each request for an environment that is answered, be it from the cache.

    Args:
        ask: called with the query, the address of the connection's other end, and the headers.
        prefix: of the server's addresses.
        extensions: routes that stand before the table.
    """

    def __init__(self, ask: Ask, *, prefix: str = "", extensions: Sequence[Route] = ()) -> None:
        self._ask = ask
        self._prefix = prefix_segments(prefix)
        self._extensions = tuple(extensions)
        self._queries: LRUCache[tuple[str, str], Query | None] = LRUCache(_MAX_TARGETS)

    async def prepared(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take a response that is about to be sent: a receiver of `on_response_prepare`."""
        if response.status not in _ANSWERED or request.method != hdrs.METH_GET:
            return
        key = request.raw_path, request.headers.get(hdrs.ACCEPT, "")
        if key in self._queries:
            query = self._queries[key]
        else:
            query = self._queries[key] = self._query(*key)
        if query is not None:
            self._ask(query, request.remote, request.headers)

    def _query(self, target: str, accept: str) -> Query | None:
        with suppress(ConfigError):
            match = find_route(
                "GET",
                parse_target(target),
                parse_accept(accept),
                prefix=self._prefix,
                extensions=self._extensions,
            )
            if match.kind is Kind.ENVIRONMENT:
                return query_of(match.variables)
        return None
