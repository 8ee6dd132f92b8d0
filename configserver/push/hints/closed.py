"""Repositories that are not open at the moment, or were never asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

from configserver.push.comparison.answering import Answering
from configserver.push.interest.queries import Interest
from configserver.query import Query


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """What a hint may mean although it is not open; a look opens it.

    Attributes:
        uris: see Refreshable.
        query: somebody's.
        answering: the server.
    """

    uris: tuple[str, ...]
    query: Query
    answering: Answering

    async def refresh(self) -> None:
        """See Refreshable."""
        await self.answering.look(self.query)


@dataclass(frozen=True, slots=True, eq=False)
class Unasked:
    """All that a URI with placeholders may name.

    A hint may mean a part of it that nobody asked for. There is nothing of that here to look at,
    but it is no stranger's, and another replica may have been asked for it.

    Attributes:
        uris: see Refreshable.
    """

    uris: tuple[str, ...]

    async def refresh(self) -> None:
        """Do nothing."""


def closed(answering: Answering, interest: Interest) -> Iterator[Closed]:
    """Yield the repositories of all who are known that are not open, each once."""
    seen: set[str] = set()
    for known in interest:
        places = known.places
        if known.mark is None and not places:
            places = known.places = answering.places(known.query)
        if places and not seen.issuperset(places) and answering.mark(known.query) is None:
            seen.update(places)
            yield Closed(places, known.query, answering)
