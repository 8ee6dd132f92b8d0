"""Which queries a nested repository is for; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from configserver.query import Query


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of a nested repository, on `application/profile`.

    Attributes:
        all: the patterns after expansion, see `of`.
    """

    all: tuple[str, ...]

    @classmethod
    def of(cls, written: Iterable[str]) -> Self:
        """Expand patterns as an operator writes them, each kept once.

        One without a slash is for all profiles: `p` adds `p/*`. One that does not end with `*` is
        also for lists that begin with its profile: `p` adds `p,*`.
        """
        given = tuple(written)
        found: list[str] = []
        for pattern in given:
            found += [pattern] if "/" in pattern else [f"{pattern}/*", pattern]
        found += [f"{pattern},*" for pattern in given if not pattern.endswith("*")]
        return cls(tuple(dict.fromkeys(found)))

    def match_some_profile(self, query: Query) -> bool:
        """Say whether one of the query's profiles alone is accepted."""
        return any(self._match(f"{query.name}/{profile}") for profile in query.profile_names)

    def match_all_profiles(self, query: Query) -> bool:
        """Say whether the profiles as asked, with their commas, are accepted."""
        return self._match(f"{query.name}/{query.profiles}")

    def _match(self, text: str) -> bool:
        return any(matches(pattern, text) for pattern in self.all)


NO_PATTERNS = Patterns(())


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern fits all of a text; `*` stands for any run, `/` and `,` included.

    Takes time in proportion to the text for each `*`, whatever the pattern.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - len(last) >= at and text.endswith(last)
