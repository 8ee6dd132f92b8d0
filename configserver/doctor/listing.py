"""What a remote lists, and whether the default label is in it; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from configserver.doctor.report import Finding, StepFailed, Warned

_HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"
_ID: Final = re.compile(r"[0-9a-fA-F]{4,64}")
_NEAREST: Final = 5


@dataclass(frozen=True, slots=True)
class Listing:
    """The names that a remote lists.

    Attributes:
        branches: without `refs/heads/`.
        tags: without `refs/tags/`.
        head: the remote's own default branch, None if it does not say.
    """

    branches: tuple[str, ...]
    tags: tuple[str, ...]
    head: str | None = None

    def finding(self) -> Finding:
        """Say how many there are."""
        if not self.branches and not self.tags:
            return Finding("no branches and no tags: the repository is empty")
        text = f"{_count(self.branches, 'branch', 'branches')}, {_count(self.tags, 'tag', 'tags')}"
        return Finding(text + (f", its own default is '{self.head}'" if self.head else ""))


def listing_of(refs: Iterable[str], symrefs: Mapping[str, str]) -> Listing:
    """Sort full names of refs.

    Args:
        refs: such as `refs/heads/main`; `refs/tags/v1^{}` is left out.
        symrefs: what symbolic refs point to.
    """
    names = sorted({name for name in refs if not name.endswith("^{}")})
    head = symrefs.get("HEAD", "")
    return Listing(
        tuple(name.removeprefix(_HEADS) for name in names if name.startswith(_HEADS)),
        tuple(name.removeprefix(_TAGS) for name in names if name.startswith(_TAGS)),
        head.removeprefix(_HEADS) if head.startswith(_HEADS) else None,
    )


def examine_label(
    listing: Listing, label: str, *, setting: str | None, try_master: bool
) -> Finding:
    """Look for a label.

    Args:
        listing: what there is.
        label: the default label, or the sample's.
        setting: the name of the setting that the label is from, None if it is the sample's.
        try_master: whether `master` stands in for `main`.

    Raises:
        StepFailed: there is nothing of that name.
    """
    for names, kind, prefixes in (
        (listing.branches, "branch", ("refs/heads/", "heads/")),
        (listing.tags, "tag", ("refs/tags/", "tags/")),
    ):
        if label in names or any(
            label.startswith(prefix) and label.removeprefix(prefix) in names for prefix in prefixes
        ):
            return Finding(f"'{label}' is a {kind}")
    if label == "main" and try_master and "master" in listing.branches + listing.tags:
        where = f"set {setting} to master" if setting else "ask for master"
        return Finding(
            "'main' is not there, 'master' stands in for it",
            warnings=(Warned("each answer is a fallback", where),),
        )
    if not listing.branches and not listing.tags:
        raise StepFailed(
            f"'{label}' is not there", why="the repository is empty", do="push a first commit"
        )
    if _ID.fullmatch(label):
        return Finding(f"'{label}' is neither branch nor tag, maybe a commit")
    names = nearest(label, listing)
    better = listing.head if listing.head in listing.branches else names[0]
    raise StepFailed(
        f"'{label}' is not there",
        why=f"the repository has {_listed(names, listing)}",
        do=f"set {setting} to {better}, if that is meant" if setting else f"ask for {better}",
    )


def nearest(label: str, listing: Listing) -> tuple[str, ...]:
    """Return a few names that there are instead, the most similar first."""

    def distance(name: str) -> tuple[float, bool, str]:
        same = SequenceMatcher(None, label.lower(), name.lower()).ratio()
        return -same, name != listing.head, name

    return tuple(sorted({*listing.branches, *listing.tags}, key=distance)[:_NEAREST])


def _listed(names: tuple[str, ...], listing: Listing) -> str:
    text = ", ".join(f"'{name}'" for name in names)
    more = len({*listing.branches, *listing.tags}) - len(names)
    return f"{text} and {more} more" if more > 0 else text


def _count(found: tuple[str, ...], one: str, many: str) -> str:
    return f"{len(found)} {one if len(found) == 1 else many}"
