"""The bell that sources ring when they begin to serve something else."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from configserver.backends.git.refs import Refs
from configserver.backends.git.repository import Repository


class News(NamedTuple):
    """What a source serves now and did not before.

    Attributes:
        source: which one; compared by identity.
        shown: its masked URI, or its folders.
        before: full names of refs and what they pointed to; None if nothing was served, or where
            there are none.
        after: the same, now; None for folders.
        repository: holds the objects of both, as far as they are there; None for folders.
    """

    source: object
    shown: str
    before: Mapping[str, str] | None = None
    after: Mapping[str, str] | None = None
    repository: Repository | None = None

    @property
    def moved(self) -> Mapping[str, tuple[str | None, str | None]]:
        """The refs that are not where they were, with what they pointed to and point to now."""
        before, after = self.before, self.after
        if before is None or after is None:
            return MappingProxyType({})
        return {
            name: (before.get(name), after.get(name))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        }


class Bell:
    """What all sources of a server ring, on the event loop, after a new generation is served.

    It rings for any cause: a webhook, a look in the background, the look of a request, an edit.

    Attributes:
        listen: called with the news; to return at once.
        wanted: says whether anybody is to be told, so that sources look for news unasked.
    """

    def __init__(self) -> None:
        self.listen: Callable[[News], None] = _ignore
        self.wanted: Callable[[], bool] = bool

    def ring(self, news: News) -> None:
        """Tell the news to who listens, if anybody does."""
        self.listen(news)

    def moved(
        self, source: object, shown: str, before: Refs | None, after: Refs, repository: Repository
    ) -> None:
        """Tell that a source serves other refs; see News."""
        known = None if before is None else before.ids
        self.ring(News(source, shown, known, after.ids, repository))


def _ignore(_: News) -> None:
    """Do nothing: nobody listens."""
