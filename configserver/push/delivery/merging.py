"""Several refreshes as one, for those who fell behind: what is newest holds; pure."""

from dataclasses import replace

from configserver.push import Change, Hint, Moved, Refresh
from configserver.query import Query


def merge(older: Refresh, newer: Refresh) -> Refresh:
    """Return one refresh that tells as much as two, under the id of the newer.

    A query that changed twice went from its oldest state to its newest, and all keys of either
    change may differ.
    """
    changes: dict[Query, Change] = {change.query: change for change in older.changes}
    for change in newer.changes:
        before = changes.pop(change.query, None)
        changes[change.query] = _joined(before, change) if before else change
    moved: dict[tuple[str, str], Moved] = {(one.repository, one.ref): one for one in older.moved}
    for one in newer.moved:
        first = moved.pop((one.repository, one.ref), one)
        moved[one.repository, one.ref] = replace(one, before=first.before)
    applications = dict.fromkeys((*older.applications, *newer.applications))
    return replace(
        newer,
        changes=tuple(changes.values()),
        applications=tuple(applications),
        moved=tuple(moved.values()),
    )


def _joined(older: Change, newer: Change) -> Change:
    known = older.keys is not None and newer.keys is not None
    keys = tuple(sorted({*(older.keys or ()), *(newer.keys or ())})) if known else None
    return replace(newer, before=older.before, keys=keys)


def merge_hints(older: Hint, newer: Hint) -> Hint:
    """Return one hint to look wherever either of two says; what is unknown in one is so in both."""
    return Hint(
        origin=newer.origin,
        uris=_union(older.uris, newer.uris),
        refs=_union(older.refs, newer.refs),
        paths=_union(older.paths, newer.paths),
        relayed=older.relayed and newer.relayed,
    )


def _union(older: tuple[str, ...], newer: tuple[str, ...]) -> tuple[str, ...]:
    if not older or not newer:
        return ()
    return tuple(dict.fromkeys((*older, *newer)))
