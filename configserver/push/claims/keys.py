"""Who is told what, by names that are equal on each replica; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, TypeAlias
from uuid import NAMESPACE_OID, uuid5

from configserver.push import Change, Refresh


class Key(NamedTuple):
    """What somebody is to be told of something.

    Attributes:
        who: hash of who is told, and of whose configuration.
        what: hash of the new state; empty for those who read everything anew whatever they hear.
    """

    who: str
    what: str


Item: TypeAlias = tuple[Key, Change | str | None]
"""A change, or the name of an application, or all that there is."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who is told.

    Attributes:
        name: kind, name and address; equal on each replica that has the same settings.
        whole: whether to be told of anything is as good as to be told of everything.
    """

    name: str
    whole: bool = True

    def items(self, part: Refresh) -> Sequence[Item]:
        """Return what a refresh has to say, one by one."""
        if self.whole:
            return ((self._whole(), None),)
        changes = ((self._change(change), change) for change in part.changes)
        names = ((self._application(name, part), name) for name in part.applications)
        return (*changes, *names)

    def keys(self, part: Refresh) -> tuple[Key, ...]:
        """Return the keys of all items."""
        return tuple(key for key, _ in self.items(part))

    def implied(self, part: Refresh) -> tuple[Key, ...]:
        """Return what a refresh says beside: who knows its queries need not guess by names."""
        if self.whole:
            return ()
        names = dict.fromkeys(name for change in part.changes for name in change.query.applications)
        return tuple(self._application(name, part) for name in names)

    def kept(self, part: Refresh, keep: Callable[[Key], bool]) -> Refresh | None:
        """Return as much of a refresh as is to be kept, None if nothing is."""
        items = self.items(part)
        return self.part_of(part, items, [item for item in items if keep(item[0])])

    def part_of(self, part: Refresh, items: Sequence[Item], kept: Sequence[Item]) -> Refresh | None:
        """Return a refresh with some of its items, None if they are none.

        A part of it gets an id of its own: receivers know a message by its id.
        """
        if len(kept) == len(items):
            return part if kept else None
        if not kept:
            return None
        own = ",".join(text for key, _ in kept for text in key)
        return replace(
            part,
            id=str(uuid5(NAMESPACE_OID, f"{part.id} {own}")),
            changes=tuple(one for _, one in kept if isinstance(one, Change)),
            applications=tuple(one for _, one in kept if isinstance(one, str)),
        )

    def _whole(self) -> Key:
        return Key(_hash(self.name), "")

    def _change(self, change: Change) -> Key:
        query = change.query
        names = (query.name, query.profiles, repr(query.label))
        return Key(_hash(self.name, "query", *names), _hash(change.after.etag))

    def _application(self, name: str, part: Refresh) -> Key:
        moved = sorted({one.after or "" for one in part.moved})
        return Key(_hash(self.name, "application", name), _hash(*moved))


@lru_cache(8192)  # the same ones come several times: when claimed, when due, when told
def _hash(*texts: str) -> str:
    """Return 18 hexadecimal digits: two that are equal by chance are not to be expected."""
    return blake2b("\0".join(texts).encode(), digest_size=9).hexdigest()
