"""Whether watchers hold the newest state, and were told of nothing that is none of theirs."""

from collections.abc import Iterator, Mapping, Sequence

from tests.server.chaos.content import Values
from tests.server.chaos.history import History
from tests.server.chaos.watchers import ABSENT, Told, Watcher


def holds_newest(watcher: Watcher, history: History) -> bool:
    """Say whether a watcher was told of the newest state and has read it."""
    newest = watcher.asked.of(history.tree(watcher.asked.label))
    return not watcher.dirty and watcher.values == newest and _is_newest(watcher, history)


def _is_newest(watcher: Watcher, history: History) -> bool:
    """Say whether what it was told comes to what is there now."""
    tree = history.tree(watcher.asked.label)
    if tree is None or watcher.etag == ABSENT:
        return tree is None and watcher.etag == ABSENT
    if watcher.commit not in history.trees:
        return False
    return watcher.asked.of(history.trees[watcher.commit]) == watcher.asked.of(tree)


def shown(watcher: Watcher, history: History) -> str:
    """Say what a watcher holds, and what it should."""
    asked = watcher.asked
    newest = history.refs.get(asked.label or "main")
    told = [(one.name, (one.commit or "")[:7]) for one in watcher.told[-3:]]
    return (
        f"{type(watcher).__name__} {asked.path} holds {(watcher.commit or '')[:7]} {watcher.etag}, "
        f"newest {newest and newest[:7]}, unread {watcher.dirty}, values right "
        f"{watcher.values == asked.of(history.tree(asked.label))}, last told {told}"
    )


def faults(watchers: Sequence[Watcher], history: History) -> Iterator[str]:
    """Yield what somebody was told and should not have been, or was told wrongly."""
    tags: dict[str, Values] = {}
    for watcher in watchers:
        for told in watcher.told:
            for fault in _wrong(watcher, told, history, tags):
                yield f"{type(watcher).__name__} {watcher.asked.path}: {fault}: {told}"


def _wrong(
    watcher: Watcher, told: Told, history: History, tags: dict[str, Values]
) -> Iterator[str]:
    after = _values(watcher, told.etag, told.commit, history)
    if after is None:
        yield "told of a commit that was never there, or is broken"
        return
    known = tags.setdefault(told.etag, after)
    if known != after:
        yield "one etag for two configurations"
    if told.name in {"state", ABSENT}:
        return
    if told.held == told.etag:
        yield "told of what it held already"
    if told.held is None:
        return
    before = _values(watcher, told.held, told.held_commit, history)
    if before is None:
        return
    differing = different(before, after)
    if not differing:
        yield "told though nothing changed for it"
    if told.keys is not None and not _is_about(set(told.keys), differing, watcher, history):
        yield f"other keys than {sorted(differing)[:5]}"


def _is_about(keys: set[str], differing: set[str], watcher: Watcher, history: History) -> bool:
    """Say whether keys are all that differ; others may be named that changed to and fro."""
    if keys == differing:
        return True
    states = [watcher.asked.of(tree) or {} for tree in history.trees.values()]
    changed = {key for state in states for key in different(states[0], state)}
    return differing <= keys <= changed


def _values(watcher: Watcher, etag: str, commit: str | None, history: History) -> Values | None:
    if etag == ABSENT:
        return {}
    return watcher.asked.of(history.trees[commit]) if commit in history.trees else None


def different(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the keys that came, went or have another value."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
