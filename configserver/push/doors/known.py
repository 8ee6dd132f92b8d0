"""Instances that asked for their configuration, and are told when it changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Self

from configserver.logs import get_logger
from configserver.push import Refresh
from configserver.push.claims.keys import Party
from configserver.push.claims.turns import Share
from configserver.push.delivery.door import Delivery
from configserver.push.doors.actuator import post_refresh
from configserver.push.doors.callers import Rules, callback
from configserver.push.doors.http import Poster, origin
from configserver.query import Query

MAX_QUERIES: Final = 16
"""Queries that are remembered for one instance; it asks for one or two."""

_log = get_logger("configserver.push")


class Caller:
    """The door of an instance that asked.

    Attributes:
        queries: what it asked for, the oldest first.
    """

    def __init__(self, url: str, poster: Poster) -> None:
        self.queries: OrderedDict[Query, None] = OrderedDict()
        self._url = url
        self._poster = poster

    @property
    def name(self) -> str:
        """See Door."""
        return f"caller {origin(self._url)}"

    @property
    def party(self) -> Party:
        """See PartyDoor."""
        return Party(f"caller {self._url}")

    async def deliver(self, refresh: Refresh) -> None:  # noqa: ARG002 - it reads everything anew
        """Let the instance refresh itself.

        Raises:
            DeliveryFailed: it does not answer 2xx.
        """
        await post_refresh(self._poster, self._url, {})


class Callers:
    """Targets of a fan: those who asked most lately.

    Whoever cannot be told within the limits is forgotten until it asks again: instances come and
    go, and nobody tells the server.

    Args:
        rules: who may be called back.
        poster: sends; opened and closed by its owner.
        deliver: makes the delivery to one of them.
        most: instances to remember.
    """

    def __init__(
        self,
        rules: Rules,
        poster: Poster,
        *,
        deliver: Callable[[Caller], Delivery],
        most: int,
    ) -> None:
        self._rules = rules
        self._poster = poster
        self._deliver = deliver
        self._most = most
        self._known: OrderedDict[str, tuple[Caller, Delivery]] = OrderedDict()
        self._forgotten = 0

    def ask(self, query: Query, remote: str | None, headers: Mapping[str, str]) -> None:
        """Remember who asked for what, if it may be called back."""
        url = callback(remote, headers, self._rules)
        if url is None:
            return
        caller, delivery = self._known.get(url) or self._enter(url)
        if delivery.report().failed:  # it was lost, and is back
            caller, delivery = self._enter(url)
        self._known.move_to_end(url)
        caller.queries[query] = None
        caller.queries.move_to_end(query)
        if len(caller.queries) > MAX_QUERIES:
            caller.queries.popitem(last=False)

    def concerned(self, refresh: Refresh) -> Iterable[Share[Delivery]]:
        """See Targets."""
        changed = {change.query for change in refresh.changes}
        self._forget_lost()
        for caller, delivery in self._known.values():
            if not changed.isdisjoint(caller.queries):
                yield Share(delivery, caller.party, refresh)

    def deliveries(self) -> Iterable[Delivery]:
        """See Targets."""
        return (delivery for _, delivery in self._known.values())

    def _enter(self, url: str) -> tuple[Caller, Delivery]:
        caller = Caller(url, self._poster)
        found = self._known[url] = caller, self._deliver(caller)
        if len(self._known) > self._most:
            _, (_, oldest) = self._known.popitem(last=False)
            oldest.stop()
            self._forgotten += 1
            if self._forgotten == 1:
                _log.warning("more callers than are remembered", most=self._most)
        return found

    def _forget_lost(self) -> None:
        lost = [url for url, (_, one) in self._known.items() if one.report().failed]
        for url in lost:
            del self._known[url]

    async def __aenter__(self) -> Self:
        """Open nothing: nobody is known yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all deliveries at the same time."""
        await asyncio.gather(*(delivery.__aexit__() for delivery in self.deliveries()))
