"""From a label, as people write it, to a commit id; pure.

As the original: a branch, a tag, their longer names, or a commit id, whole or shortened. Revision
expressions (`main~1`, `v1^{commit}`) are no legal ref names and name nothing.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from configserver.backends.git.refs import Refs
from configserver.errors import BackendFailure, NoSuchLabel

_ID = re.compile(r"[0-9A-Fa-f]{2,64}")
_DESCRIBED = re.compile(r".-g([0-9A-Fa-f]{4,64})\Z")
_ILLEGAL = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|^@$|(?:^|/)\.|\.lock(?:/|$)"
)


class Objects(Protocol):
    """What label resolution asks of an object store."""

    id_digits: int
    """Hex digits of a whole id: 40 or, in a SHA-256 repository, 64."""

    def commit_of(self, object_id: str) -> str | None:
        """Return the id of the commit that an object is or, as a tag, leads to; else None."""

    def ids_with(self, prefix: str) -> Iterable[str]:
        """Return ids of objects that begin with these lower-case digits: all, or two of many."""


def resolve(label: str, refs: Refs, objects: Objects) -> str:
    """Return the id of the commit that a label names.

    Raises:
        NoSuchLabel: neither branch nor tag nor commit id, or no legal name for one.
        BackendFailure: an id that is unknown though whole, ambiguous, or not that of a commit;
            the original answers 500 for those, too.
    """
    if not label or _ILLEGAL.search(label):
        raise NoSuchLabel("the label is no legal name of a branch or tag")
    if len(label) == objects.id_digits and _ID.fullmatch(label):
        return _commit(label.lower(), objects)
    for prefix in refs.prefixes:
        found = refs.ids.get(prefix + label)
        if found:
            return _commit(found, objects)
    described = _DESCRIBED.search(label)
    digits = described[1] if described else label
    if _ID.fullmatch(digits) and len(digits) <= objects.id_digits:
        return _shortened(digits.lower(), objects)
    raise NoSuchLabel("the label is neither a branch nor a tag nor a commit")


def may_be_id(label: str) -> bool:
    """Say whether a label may stand for a commit id, whole, shortened or as `git describe` says."""
    return _ID.fullmatch(label) is not None or _DESCRIBED.search(label) is not None


def _shortened(digits: str, objects: Objects) -> str:
    found = set(objects.ids_with(digits))
    if not found:
        raise NoSuchLabel("the label is neither a branch nor a tag nor a commit")
    if len(found) > 1:
        raise BackendFailure("the shortened commit id is ambiguous", hint="give more of its digits")
    return _commit(found.pop(), objects)


def _commit(object_id: str, objects: Objects) -> str:
    commit = objects.commit_of(object_id)
    if commit is None:
        raise BackendFailure("the label is the id of something that is no known commit")
    return commit
