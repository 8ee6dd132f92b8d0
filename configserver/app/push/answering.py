"""The server as push sees it."""

from collections.abc import Sequence
from contextlib import suppress

from configserver.backends import Backend
from configserver.backends.looking import without_looking
from configserver.backends.marks import mark_of, named_by
from configserver.backends.preparing import prepare
from configserver.backends.states import State
from configserver.errors import ConfigError
from configserver.model import Environment
from configserver.query import Query
from configserver.service import ConfigService


class ServiceAnswering:
    """See `configserver.push.answering.Answering`.

    Args:
        service: what answers requests.
    """

    def __init__(self, service: ConfigService) -> None:
        self._service = service

    def mark(self, query: Query) -> object | None:
        """See Answering."""
        try:
            mark = mark_of(self._service.place(query), query)
        except ConfigError:
            return None
        return None if mark is None else (self._service.epoch, mark)

    def state(self, query: Query) -> object | None:
        """See Answering."""
        try:
            with without_looking():
                place = self._service.place(query)
                return State(place, place.now(), self._service.epoch)
        except ConfigError:
            return None

    def places(self, query: Query) -> tuple[str, ...]:
        """See Answering."""
        try:
            return named_by(self._service.place(query))
        except ConfigError:
            return ()

    async def look(self, query: Query) -> None:
        """See Answering."""
        await self._service.place(query).sync()

    async def prepare(self, queries: Sequence[Query]) -> None:
        """See Answering."""
        places: list[tuple[Backend, Query]] = []
        for query in queries:
            with suppress(ConfigError):
                places.append((self._service.place(query), query))
        with without_looking():
            await prepare(places)

    async def environment(self, query: Query) -> Environment:
        """See Answering."""
        with without_looking():
            return await self._service.environment(query)
