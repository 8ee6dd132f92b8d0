"""What came together since the last comparison."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from configserver.backends.bell import News
from configserver.push import Moved
from configserver.query import Query

_MOVED: Final = 1000
"""Refs that are named; beyond, some are left out."""


@dataclass(slots=True)
class Gathered:
    """News, and queries that have to be compared for other reasons.

    Attributes:
        news: the last news of each source, with what it served before all of them.
        origins: who gave the hints that led to them, or `look`.
        everybody: whether all queries have to be looked at.
        renewed: whether that is for another reason than news, too.
        queries: those that have to be, if not all.
    """

    news: dict[int, News] = field(default_factory=dict)
    origins: dict[str, None] = field(default_factory=dict)
    everybody: bool = False
    renewed: bool = False
    queries: dict[Query, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.everybody or bool(self.queries)

    def add(self, news: News, origin: str) -> None:
        """Add news of a source."""
        first = self.news.get(id(news.source))
        self.news[id(news.source)] = news if first is None else news._replace(before=first.before)
        self.origins[origin] = None
        self.everybody = True

    @property
    def origin(self) -> str:
        """Who gave the hint: the first who was not just a look."""
        return next((one for one in self.origins if one != "look"), "look")

    @property
    def moved(self) -> tuple[Moved, ...]:
        """What moved; a folder stands for itself."""
        found = (
            Moved(news.shown, ref, *ids)
            for news in self.news.values()
            for ref, ids in (news.moved if news.after is not None else {"": (None, None)}).items()
            if ref != "HEAD"
        )
        return tuple(islice(found, _MOVED))
