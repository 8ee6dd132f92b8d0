"""`X-Config-State`: unmodified Spring clients whose watch asks again and again, see push/turns."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Final

from aiohttp import hdrs, web
from multidict import CIMultiDict

from configserver.errors import ConfigError
from configserver.logs import get_logger
from configserver.push import State
from configserver.push.watching.admission import Admission, TooManyFromAddress, TooManyWatchers
from configserver.push.watching.hub import Hub
from configserver.push.watching.turns import START, UNKNOWN, Turns
from configserver.query import Query
from configserver.web.extensions import Handler
from configserver.web.options import WatchOptions
from configserver.web.push.asking import Asking
from configserver.web.push.watch import Poll

HEADER: Final = "X-Config-State"

_STATE: Final = '"state":"{}","propertySources":'
_START: Final = _STATE.format(START).encode()
"""Stands once in an environment: in a text, its quotes would be escaped."""

_log = get_logger("configserver.web")


class ConfigStates:
    """Lets requests wait that carry the token which their client was given last.

    Each is answered as soon as what the client holds is not the newest any more, and after a time
    limit in any case. The answer is the one that everybody gets, but for its token.

    Args:
        handler: answers requests, with START as the state of environments.
        hub: tells of changes.
        asking: says what is asked for.
        options: settings.
        random: for jitter.
    """

    def __init__(
        self,
        handler: Handler,
        hub: Hub,
        *,
        asking: Asking,
        options: WatchOptions,
        random: Random | None = None,
    ) -> None:
        self._handler = handler
        self._hub = hub
        self._asking = asking
        self._wait = options.config_state_wait
        self._admission = Admission(options.limit, options.per_address)
        self._full = False
        self._turns = Turns(options.limit)
        self._random = random or Random()  # noqa: S311 - no secret

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, which waits if it shows what its client holds."""
        token = request.headers.get(HEADER)
        query = None if token is None else self._asking.query(request)
        if token is None or query is None:
            return await self._handler(request)
        held = self._turns.held(token, query)
        if held and not await self._waited(request, held):
            return web.Response(status=204)  # nobody is there to read it
        # Found out before the answer is made: what comes in between is told in the next turn.
        state = held.get(query, UNKNOWN)
        with suppress(ConfigError):
            state = await self._hub.current(query)
        response = await self._handler(request)
        if response.status != 200 or not isinstance(response, web.Response):
            return response
        return _with_state(response, self._turns.answer(token, query, state))

    async def _waited(self, request: web.Request, held: Mapping[Query, State]) -> bool:
        """Wait for a change; say whether the client is still there.

        There is no wait if too many wait already, or if something of it cannot be answered.
        """
        first, *others = polls = [Poll(query, request) for query in held]
        try:
            self._admission.enter(first.address)
        except (TooManyWatchers, TooManyFromAddress) as error:
            self._warn(error)
            return True
        self._full = False
        first.attach()
        try:
            await self._changed(polls, held)
        except ConfigError:
            return True
        finally:
            for poll in (first, *others):
                self._hub.leave(poll)
            first.detach()
            self._admission.leave(first.address)
        return not first.gone

    async def _changed(self, polls: list[Poll], held: Mapping[Query, State]) -> None:
        """Return as soon as one of them is told of something, or at the limit, a fifth less."""
        for poll in polls:
            await self._hub.join(poll)
            self._hub.begin(poll, held[poll.query])
        await asyncio.wait(
            [poll.change for poll in polls],
            timeout=self._wait * self._random.uniform(0.8, 1.0),
            return_when=asyncio.FIRST_COMPLETED,
        )

    def _warn(self, error: ConfigError) -> None:
        if not self._full:
            self._full = True
            _log.warning("clients that watch are answered at once", reason=error.reason)


def _with_state(response: web.Response, token: str) -> web.Response:
    """Return an answer for one client alone."""
    body = response.body
    if not isinstance(body, bytes):
        return response
    headers = CIMultiDict(response.headers)
    headers.popall(hdrs.ETAG, None)
    headers.popall(hdrs.CONTENT_LENGTH, None)
    headers[hdrs.CACHE_CONTROL] = "no-store"
    body = body.replace(_START, _STATE.format(token).encode(), 1)
    return web.Response(status=response.status, headers=headers, body=body)
