"""To whom the changes of a refresh are told: exactly those concerned, each once.

The bus knows instances by ids, `app:port:random` or `app:profiles:port:random`; labels are in none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from configserver.push import Change, Refresh
from configserver.push.bus.events import EVERYBODY
from configserver.push.bus.matching import SEPARATOR, concerns

Tokens = frozenset[str]
"""What destinations are told of: the commits or states that are new; equal on each replica."""

ALL_APPLICATIONS: Final = "*:**"

MOST_PROFILES: Final = 8
"""Destinations of one application; where there would be more, all of its instances are meant."""

MOST: Final = 1000
"""Destinations of one refresh; where there would be more, everybody is meant."""

_PATTERN: Final = str.maketrans("*{}", "???")
_TAILS: Final = ((), ("a",), ("a", "b"), ("a", "b", "c"))


def destination_of(text: str) -> str:
    """Return the destination that an operator's text means, as the original's sender makes it."""
    if text == EVERYBODY or text.endswith(":**") or text.count(SEPARATOR) > 1:
        return text
    return f"{text}:**"


def destinations_of(refresh: Refresh, *, exact: bool) -> Mapping[str, Tokens]:
    """Return whom a refresh concerns, with what each is told of.

    Args:
        refresh: the changes.
        exact: mean the instances with the profiles that are concerned, rather than all of their
            application. An instance whose bus id does not hold its active profiles is then missed.
    """
    moved = frozenset(one.after for one in refresh.moved if one.after)
    found: dict[str, Tokens] = {}
    for change in refresh.changes:
        tokens = frozenset({change.after.version or change.after.etag})
        for destination in _destinations(change, exact=exact):
            found[destination] = found.get(destination, frozenset()) | tokens
    for name in refresh.applications:
        destination = ALL_APPLICATIONS if name == "*" else f"{_literal(name)}:**"
        found[destination] = found.get(destination, frozenset()) | moved
    found = _fewer(found)
    return {one: found[one] for one in found if not _covered(one, found)}


def covers(destination: str, other: str) -> bool:
    """Say whether whoever obeys one destination obeys another one too; only where that is sure."""
    if destination == other or destination in {EVERYBODY, "", ALL_APPLICATIONS}:
        return True
    if other in {EVERYBODY, "", ALL_APPLICATIONS}:
        return False
    return all(concerns(destination, one) for one in _instances(other))


def identity(destination: str, tokens: Tokens) -> str | None:
    """Return the id of an event that is the same on each replica; None if nothing makes it so."""
    if not tokens:
        return None
    return str(uuid5(NAMESPACE_URL, f"configserver:{destination}\n{','.join(sorted(tokens))}"))


def told_by(destination: str, event_id: str, planned: Mapping[str, Tokens]) -> Iterable[str]:
    """Return those of the planned destinations that another replica's event has told already."""
    covered = [one for one in planned if covers(destination, one)]
    tokens = frozenset(token for one in covered for token in planned[one])
    known = identity(destination, tokens)
    return covered if known == event_id else ()


def _destinations(change: Change, *, exact: bool) -> Sequence[str]:
    names = [_literal(name) for name in change.query.applications]
    if not exact:
        return [f"{name}:**" for name in names]
    profiles = change.query.profiles
    if profiles == "default":
        # Nobody's second part is a profile, but for those who have `default` active by name.
        return [one for name in names for one in (f"{name}:*:*", f"{name}:default:**")]
    return [f"{name}:{_literal(profiles)}:**" for name in names]


def _fewer(found: dict[str, Tokens]) -> dict[str, Tokens]:
    """Put together what would be too many messages."""
    by_name: dict[str, list[str]] = {}
    for one in found:
        by_name.setdefault(one.split(SEPARATOR)[0], []).append(one)
    for name, several in by_name.items():
        if len(several) > MOST_PROFILES:
            tokens = frozenset(token for one in several for token in found.pop(one))
            found[f"{name}:**"] = tokens
    if len(found) > MOST:
        return {ALL_APPLICATIONS: frozenset(token for one in found.values() for token in one)}
    return found


def _covered(one: str, found: Iterable[str]) -> bool:
    return any(other != one and covers(other, one) for other in found)


def _instances(destination: str) -> Sequence[str]:
    """Return ids of some whom a destination means, so that patterns can be compared."""
    *first, last = destination.split(SEPARATOR)
    if last == "**":
        return [SEPARATOR.join((*first, *tail)) for tail in _TAILS]
    return [destination]


def _literal(name: str) -> str:
    """Return a pattern for a name: a character that means something in patterns fits as any one."""
    return name.translate(_PATTERN)
