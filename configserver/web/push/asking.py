"""Which environment a request asks for, found once for each address."""

from collections.abc import Sequence
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

_MAX_TARGETS: Final = 2_000


class Asking:
    """Says what requests ask for.

    Args:
        prefix: of the server's addresses.
        extensions: routes that stand before the table.
    """

    def __init__(self, *, prefix: str = "", extensions: Sequence[Route] = ()) -> None:
        self._prefix = prefix_segments(prefix)
        self._extensions = tuple(extensions)
        self._queries: LRUCache[tuple[str, str], Query | None] = LRUCache(_MAX_TARGETS)

    def query(self, request: web.BaseRequest) -> Query | None:
        """Return the query of a GET for an environment; None for all else."""
        if request.method != hdrs.METH_GET:
            return None
        key = request.raw_path, request.headers.get(hdrs.ACCEPT, "")
        if key in self._queries:
            return self._queries[key]
        query = self._queries[key] = self._query(*key)
        return query

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
