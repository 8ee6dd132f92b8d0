"""The bell that sources ring when they begin to serve something else."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol


class Refs(Protocol):
    """What branches and tags point to."""

    @property
    def ids(self) -> Mapping[str, str]:
        """Full name to object id."""


class News(NamedTuple):
    """What a source serves now and did not before.

    Attributes:
        source: which one; compared by identity.
        shown: its masked URI, or its folders.
        before: full names of refs and what they pointed to; None if nothing was served, or where
            there are none.
        after: the same, now; None for folders.
    """

    source: object
    shown: str
    before: Mapping[str, str] | None = None
    after: Mapping[str, str] | None = None


class Bell:
    """What all sources of a server ring, on the event loop, after a new generation is served.

    It rings for any cause: a webhook, a look in the background, the look of a request, an edit.

    Attributes:
        listen: called with the news; to return at once.
    """

    def __init__(self) -> None:
        self.listen: Callable[[News], None] = _ignore

    def ring(self, news: News) -> None:
        """Tell the news to who listens, if anybody does."""
        self.listen(news)

    def moved(self, source: object, shown: str, before: Refs | None, after: Refs) -> None:
        """Tell that a source serves other refs; see News."""
        self.ring(News(source, shown, None if before is None else before.ids, after.ids))


def _ignore(_: News) -> None:
    """Do nothing: nobody listens."""
