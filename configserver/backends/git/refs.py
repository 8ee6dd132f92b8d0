"""What a repository's branches and tags point to at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HEAD = "HEAD"
BRANCHES = "refs/heads/"
TAGS = "refs/tags/"
REMOTES = "refs/remotes/"


@dataclass(frozen=True, slots=True, eq=False)
class Refs:
    """An immutable mapping of ref names, replaced as a whole when one of them moves.

    Two are the same generation only if they are the same object.

    Attributes:
        ids: full name (`HEAD`, `refs/heads/main`) to object id in hex; symbolic refs are followed.
        branches_first: whether a branch hides a tag of its name. The original prefers the tag in
            a repository opened in place, and (nearly always) the branch in a clone.
    """

    ids: Mapping[str, str] = field(repr=False)
    branches_first: bool = False

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What may be left out in front of a ref's name, in the order of trial."""
        named = (BRANCHES, TAGS) if self.branches_first else (TAGS, BRANCHES)
        return ("", "refs/", *named, REMOTES, f"{REMOTES}origin/")
