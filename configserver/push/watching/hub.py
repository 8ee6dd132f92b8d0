"""The hub: hands what a look found to those who watch."""

import asyncio
from collections.abc import Callable, KeysView
from random import Random
from time import monotonic
from typing import Final

from configserver.errors import Unavailable
from configserver.logs import get_logger
from configserver.push import Change, Knowledge, Refresh, State
from configserver.push.watching.groups import Group, Watcher
from configserver.push.watching.history import History
from configserver.push.watching.rounds import AT_ONCE, Rounds
from configserver.query import Query

TEND_SECONDS: Final = 1.0
"""How often it is looked whether a watcher needs something."""

GRACE_SECONDS: Final = 1.0
"""How long a look may take to tell of a state that was seen already, and of its keys."""

_logger = get_logger("configserver.push")


class Hub:
    """Knows who watches what, and brings each of them from the state it holds to the newest one.

    For the event loop only. `run` has to run, else nobody is told.

    Args:
        jitter: seconds over which the watchers of a query are told of a change.
        random: says who is told first where there is a jitter.
        clock: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        *,
        jitter: float = 0.0,
        random: Random | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._knowledge: Knowledge | None = None
        self._groups: dict[Query, Group] = {}
        self._watchers: dict[Watcher, None] = {}
        self._history = History()
        order = random or Random()  # noqa: S311 - no secret
        self._rounds = Rounds(self._tell, jitter=jitter, random=order, clock=clock)
        self._closed = False

    def meet(self, knowledge: Knowledge) -> None:
        """Learn who knows what queries are answered with; nobody can watch before."""
        self._knowledge = knowledge

    def queries(self) -> tuple[Query, ...]:
        """Return the queries that somebody watches."""
        return tuple(self._groups)

    def watchers(self) -> KeysView[Watcher]:
        """Return those who watch, the first to come first."""
        return self._watchers.keys()

    def newest(self, query: Query) -> State | None:
        """Return the newest state that is known of a query that somebody watches."""
        group = self._groups.get(query)
        return group.newest if group else None

    def publish(self, refresh: Refresh) -> None:
        """Hand on what a look found; returns at once, whatever becomes of it."""
        for change in refresh.changes:
            self._history.add(change)
            if group := self._groups.get(change.query):
                group.published += 1
                group.learn(change.after)
                self._rounds.begin(group)

    async def current(self, query: Query) -> State:
        """Return what a query is answered with now.

        Raises:
            ConfigError: it cannot be answered, or the server is starting or ending.
        """
        if self._knowledge is None or self._closed:
            raise Unavailable("nobody can watch while the server starts or ends", hint="try again")
        state = await self._knowledge.state(query)
        self._knowledge.learn(query)
        return state

    async def join(self, watcher: Watcher) -> State:
        """Let somebody watch, and return what the query is answered with now.

        No change is lost: what happens from here on is told as soon as `begin` was called.

        Raises:
            ConfigError: as `current`; then it does not watch.
        """
        group = self._groups.get(watcher.query)
        if group is None:
            group = self._groups[watcher.query] = Group(watcher.query)
        group.watchers.add(watcher)
        self._watchers[watcher] = None
        try:
            return await self._settled(group)
        except BaseException:
            self.leave(watcher)
            raise

    def begin(self, watcher: Watcher, held: State) -> None:
        """Tell a watcher of all that differs from the state that it holds, from now on."""
        watcher.held = held
        self.catch_up(watcher)

    def catch_up(self, watcher: Watcher) -> None:
        """Tell a watcher, now, if it does not hold the newest state."""
        if group := self._groups.get(watcher.query):
            self._tell(group, watcher)

    def leave(self, watcher: Watcher) -> None:
        """Let somebody watch no more; once more does no harm."""
        self._watchers.pop(watcher, None)
        group = self._groups.get(watcher.query)
        if group is not None:
            group.watchers.discard(watcher)
            if not group.watchers:
                del self._groups[watcher.query]

    def between(self, query: Query, before: State, after: State) -> Change:
        """Return the change from one state to another, with its keys if they are still known."""
        return Change(query, before, after, self._history.keys(query, before.etag, after.etag))

    async def run(self) -> None:
        """Tell watchers, and tend them, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._rounds.run())
            tasks.create_task(self._tend_all())

    def close(self) -> None:
        """End all watchers in order, and let nobody watch any more."""
        self._closed = True
        for watcher in tuple(self._watchers):
            watcher.end()

    async def _settled(self, group: Group) -> State:
        """Return a state that no change overtook while it was found out."""
        for _ in range(3):
            published = group.published
            state = await self.current(group.query)
            if published == group.published:
                self._see(group, state)
                return state
        return group.newest or await self.current(group.query)

    def _see(self, group: Group, state: State) -> None:
        """Take a state for the newest; it may have been seen before a look told of it.

        Those who watch already hear of it from that look, which knows the keys. Should there be
        none, they hear of it all the same.
        """
        before = group.newest
        if before is not None and before.etag == state.etag:
            return
        group.learn(state)
        if before is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(GRACE_SECONDS, self._rounds.begin, group)

    def _tell(self, group: Group, watcher: Watcher) -> None:
        held, newest = watcher.held, group.newest
        if held is None or newest is None or held.etag == newest.etag:
            return
        if watcher not in group.watchers:
            return
        try:
            watcher.tell(group.change(held, self.between))
        except Exception:  # one watcher is no reason to leave out the others
            _logger.exception("watcher was not told")
            self._drop(watcher)

    async def _tend_all(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            for number, watcher in enumerate(tuple(self._watchers)):
                if watcher.due <= (now := self._clock()):
                    self._tend(watcher, now)
                if not number % AT_ONCE:
                    await asyncio.sleep(0)

    def _tend(self, watcher: Watcher, now: float) -> None:
        try:
            watcher.tend(now)
        except Exception:  # as above
            _logger.exception("watcher was not tended")
            self._drop(watcher)

    def _drop(self, watcher: Watcher) -> None:
        self.leave(watcher)
        watcher.end()
