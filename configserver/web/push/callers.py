"""Who asks for configuration, for those who call back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiohttp import web

from configserver.query import Query
from configserver.web.push.asking import Asking
from configserver.web.routes import Route

Ask = Callable[[Query, str | None, Mapping[str, str]], None]

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
        self._asking = Asking(prefix=prefix, extensions=extensions)

    async def prepared(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take a response that is about to be sent: a receiver of `on_response_prepare`."""
        if response.status not in _ANSWERED:
            return
        query = self._asking.query(request)
        if query is not None:
            self._ask(query, request.remote, request.headers)
