"""Which files were edited, and who cannot be concerned by that, told without answering anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from configserver.backends.bell import News
from configserver.backends.git.differences import Links, changed_paths
from configserver.backends.git.refs import BRANCHES, HEAD, REMOTES
from configserver.push import EVERYBODY
from configserver.push.comparison.affected import guessed
from configserver.push.interest.queries import Known
from configserver.query import Query

_PATHS: Final = 10_000
"""Changed files that are looked at; beyond, they are for everybody."""

_SHARED: Final = "application"


@dataclass(frozen=True, slots=True)
class Edits:
    """What happened between the commits of some news.

    Attributes:
        names: applications that the files are for, as the original guesses them.
        stems: what the names of the changed files begin with, up to each `-` and `.`; None if it
            is not known, or if more happened than that files were edited on branches.
        opened: repositories that are served for the first time, or once more: anything may have
            happened while they were not. Nobody was answered from one that was never served.
    """

    names: tuple[str, ...] = ()
    stems: frozenset[str] | None = None
    opened: frozenset[str] = frozenset()

    @classmethod
    def of(cls, all_news: Iterable[News], links: Links) -> Self:
        """Find out; blocks for the disk."""
        names: dict[str, None] = {}
        stems: set[str] | None = set()
        opened: set[str] = set()
        for news in all_news:
            if news.before is None and news.after is not None:
                opened.add(news.shown)
                continue
            moved = {ref: ids for ref, ids in news.moved.items() if ref != HEAD}
            if news.repository is None or not moved:
                stems = None
                continue
            paths = changed_paths(news.repository, moved, _PATHS)
            names.update(dict.fromkeys(guessed(paths)))
            plain = all(map(_is_edit, moved, moved.values()))
            if paths is None or not plain or links.are_in(news.repository, moved):
                stems = None
            elif stems is not None:
                stems.update(stem for path in paths for stem in _stems(path))
        known_stems = None if stems is None else frozenset(stems)
        return cls(tuple(names), known_stems, frozenset(opened))

    def first(self, queries: Sequence[Query]) -> Sequence[Query]:
        """Return queries with those first that edited files are for."""
        wanted = set(self.names)
        if not wanted or EVERYBODY in wanted:
            return queries
        return sorted(queries, key=lambda query: wanted.isdisjoint(query.applications))

    def spare(self, known: Known) -> bool:
        """Say whether no changed file can have a part in an answer that was current before.

        Files that an answer is made of are called like one of its applications or `application`,
        with a profile behind that or not; others are imported.
        """
        if self.stems is None or known.imports or _SHARED in self.stems:
            return False
        if not self.opened.isdisjoint(known.places):
            return False
        names = (name.rpartition("/")[2] for name in known.query.applications)
        return self.stems.isdisjoint(names)


NO_EDITS: Final = Edits()
"""When anything may have happened."""


def _is_edit(ref: str, ids: tuple[str | None, str | None]) -> bool:
    return ref.startswith((BRANCHES, REMOTES)) and None not in ids


def _stems(path: str) -> Iterable[str]:
    file = path.rpartition("/")[2]
    return (file[:end] for end, char in enumerate(file) if char in "-.")
