"""Who is told what, by names that are equal on each replica; pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple
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


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who is told.

    Attributes:
        name: kind, name and address; equal on each replica that has the same settings.
        whole: whether to be told of anything is as good as to be told of everything.
    """

    name: str
    whole: bool = True

    def keys(self, part: Refresh) -> tuple[Key, ...]:
        """Return what a refresh has to say."""
        if self.whole:
            return (self._whole(),)
        changes = [self._change(change) for change in part.changes]
        names = [self._application(name, part) for name in part.applications]
        return (*changes, *names)

    def implied(self, part: Refresh) -> tuple[Key, ...]:
        """Return what a refresh says beside: who knows its queries need not guess by names."""
        if self.whole:
            return ()
        names = dict.fromkeys(name for change in part.changes for name in change.query.applications)
        return tuple(self._application(name, part) for name in names)

    def kept(self, part: Refresh, keep: Callable[[Key], bool]) -> Refresh | None:
        """Return as much of a refresh as is to be kept, None if nothing is.

        A part of it gets an id of its own: receivers know a message by its id.
        """
        if self.whole:
            return part if keep(self._whole()) else None
        kept = tuple(self._kept(part, keep))
        changes = tuple(one for one in kept if isinstance(one, Change))
        names = tuple(one for one in kept if isinstance(one, str))
        if len(kept) == len(part.changes) + len(part.applications):
            return part
        if not kept:
            return None
        own = ",".join(what for key in self.keys(part) for what in key if keep(key))
        new = str(uuid5(NAMESPACE_OID, f"{part.id} {own}"))
        return replace(part, id=new, changes=changes, applications=names)

    def _kept(self, part: Refresh, keep: Callable[[Key], bool]) -> Iterator[Change | str]:
        for change in part.changes:
            if keep(self._change(change)):
                yield change
        for name in part.applications:
            if keep(self._application(name, part)):
                yield name

    def _whole(self) -> Key:
        return Key(_hash(self.name), "")

    def _change(self, change: Change) -> Key:
        query = change.query
        names = (query.name, query.profiles, repr(query.label))
        return Key(_hash(self.name, "query", *names), _hash(change.after.etag))

    def _application(self, name: str, part: Refresh) -> Key:
        moved = sorted({one.after or "" for one in part.moved})
        return Key(_hash(self.name, "application", name), _hash(*moved))


def _hash(*texts: str) -> str:
    """Return 18 hexadecimal digits: two that are equal by chance are not to be expected."""
    return blake2b("\0".join(texts).encode(), digest_size=9).hexdigest()
