"""The one handler: a look into the cache, or the way through routes and service."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from time import perf_counter

from aiohttp import web

from configserver.backends.states import State
from configserver.errors import ConfigError
from configserver.model import Environment
from configserver.query import Query
from configserver.service import ConfigService, Visit
from configserver.web import logs
from configserver.web.answer import Answer, all_headers
from configserver.web.answers import Answers, Key, Stored, prepare
from configserver.web.encryption import Endpoints
from configserver.web.environments import answer_environment, answer_flat, query_of
from configserver.web.errors import Unexpected, error_answer, status_of
from configserver.web.extensions import Extension
from configserver.web.files import answer_bytes, answer_text, file_query
from configserver.web.flights import Flights
from configserver.web.freshness import freshness_headers, provenance_headers
from configserver.web.health import Probe, answer_health, answer_info, answer_links
from configserver.web.negotiation import Accept, parse_accept
from configserver.web.options import WebOptions
from configserver.web.paths import Target, parse_target, prefix_segments, raw_path
from configserver.web.routes import Kind, Match, find_route

_NOWHERE = Match(Kind.OPTIONS, {})
_SERVED = frozenset({Kind.ENVIRONMENT, Kind.FLAT, Kind.TEXT, Kind.BYTES})
_ENCRYPTION = frozenset({Kind.KEY, Kind.ENCRYPTION_STATUS, Kind.ENCRYPT, Kind.DECRYPT})

Asked = Callable[[Query, State, Environment], None]


class Front:
    """Answers every request.

    Args:
        service: what is asked for environments and files.
        options: settings.
        probe: what is asked for health.
        endpoints: what encrypts and decrypts for clients.
        extensions: what else there is.
        asked: called with each environment that was made for a client, and what it was made of.

    Attributes:
        counters: how the answers came about.
    """

    def __init__(  # noqa: PLR0913 - what a server is made of
        self,
        service: ConfigService,
        options: WebOptions,
        *,
        probe: Probe,
        endpoints: Endpoints,
        extensions: Sequence[Extension] = (),
        asked: Asked | None = None,
    ) -> None:
        self.counters = logs.Counters()
        self._service = service
        self._options = options
        self._probe = probe
        self._endpoints = endpoints
        self._asked = asked
        self._routes = tuple(route for extension in extensions for route in extension.routes)
        self._extensions = {
            route.kind: extension for extension in extensions for route in extension.routes
        }
        self._prefix = prefix_segments(options.prefix)
        self._answers = Answers(options.answer_cache_bytes)
        self._flights = Flights()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; the fast path is what stands here."""
        key = Key.of(request)
        stored = self._answers.get(key)
        if stored is not None:
            place, made_of, epoch = stored.state
            generation = place.now()
            if generation is None:
                with suppress(Exception):  # the long way meets it again and answers it
                    generation = await place.sync()
            if made_of == generation and epoch == self._service.epoch:
                return self._cached(request, stored)
        return await self._work(request, key)

    def _cached(self, request: web.Request, stored: Stored) -> web.Response:
        self.counters.cached += 1
        if self._options.access_log:
            logs.log_cached(request.method, request.raw_path)
        return stored.response(request)

    async def _work(self, request: web.Request, key: Key) -> web.StreamResponse:
        started = perf_counter()
        accept = parse_accept(key.accept)
        match, place = _NOWHERE, None
        try:
            target = parse_target(key.target)
            match = find_route(
                key.method, target, accept, prefix=self._prefix, extensions=self._routes
            )
            if extension := self._extensions.get(match.kind):
                return await extension.answer(request, match, accept)
            if match.kind in _ENCRYPTION:
                answer = await self._endpoints.answer(request, match.kind, match.variables, accept)
                return _response(answer, target.path)
            if match.kind not in _SERVED:
                return _response(self._unserved(request, match, accept), target.path)
            read = file_query if match.kind.is_file else query_of
            query = read(match.variables)
            place = self._service.place(query)
            visit = await self._service.visit(query, place)
            stored = await self._stored(
                key, visit.state, lambda: self._made(key, visit, match, target, accept), target.path
            )
        except ConfigError as error:
            response = self._failed(error, match, accept, key, started)
        except Exception:  # noqa: BLE001 - the client gets an id, the log the rest
            unexpected = Unexpected()
            logs.log_unexpected(unexpected)
            response = self._failed(unexpected, match, accept, key, started)
        else:
            return stored.response(request)
        if place is not None:
            response.headers.update(freshness_headers(place.seen()))
        return response

    async def _stored(
        self, key: Key, state: State, made: Callable[[], Awaitable[Answer]], path: str
    ) -> Stored:
        """Return an answer, made once for all who wait for it; what is older is dropped."""
        self._answers.enter(state)

        async def make() -> Stored:
            stored = prepare(await made(), path, key=key, state=state)
            self._answers.put(key, stored)
            return stored

        return await self._flights.join(key, state, make)

    async def _made(
        self, key: Key, visit: Visit, match: Match, target: Target, accept: Accept
    ) -> Answer:
        started = perf_counter()
        answer, environment = await self._served(key, visit, match, target, accept)
        self.counters.resolved += 1
        logs.log_resolved(match.kind.value, environment, _since(started))
        if self._asked is not None and not match.kind.is_file:
            self._asked(visit.query, visit.state, environment)
        found = provenance_headers(environment.provenance)
        return replace(answer, headers={**answer.headers, **found}) if found else answer

    async def _served(
        self, key: Key, visit: Visit, match: Match, target: Target, accept: Accept
    ) -> tuple[Answer, Environment]:
        variables = match.variables
        if match.kind is Kind.ENVIRONMENT:
            return await answer_environment(visit, accept=accept, state=self._options.state)
        if match.kind is Kind.FLAT:
            strip = self._options.strip_document
            return await answer_flat(
                visit, variables["suffix"], target=target, strip_document=strip
            )
        path = variables["path"]
        if match.kind is Kind.BYTES:
            return await answer_bytes(visit, path)
        return await answer_text(visit, path, target=target, accept=accept, charset=key.charset)

    def _unserved(self, request: web.Request, match: Match, accept: Accept) -> Answer:
        """Answer what needs no configuration."""
        if match.kind is Kind.OPTIONS:
            return Answer(200, "", b"", headers={"Allow": match.allow})
        if match.kind is Kind.HEALTH:
            return answer_health(match.variables["component"], self._probe, accept)
        if match.kind is Kind.INFO:
            return answer_info(self._options.version, self._probe, asdict(self.counters), accept)
        return answer_links(f"{request.scheme}://{request.host}", accept)

    def _failed(
        self, error: ConfigError, match: Match, accept: Accept, key: Key, started: float
    ) -> web.Response:
        self.counters.errors += 1
        path, is_file = raw_path(key.target), match.kind.is_file
        logs.log_error(
            error,
            status=status_of(error, is_file=is_file),
            path=path,
            variables=match.variables,
            milliseconds=_since(started),
        )
        answer = error_answer(error, path=path, accept=accept, is_file=is_file)
        return _response(answer, path)


def _response(answer: Answer, path: str) -> web.Response:
    return web.Response(status=answer.status, headers=all_headers(answer, path), body=answer.body)


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000
