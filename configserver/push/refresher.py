"""From a hint, or from news of any source, to those who are concerned."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Self

from configserver.backends.bell import News
from configserver.backends.git.differences import Links
from configserver.logs import get_logger
from configserver.model import Environment
from configserver.push import Hint, Refresh, State
from configserver.push.comparison.affected import never_asked
from configserver.push.comparison.answering import Answering, Failed, outcomes
from configserver.push.comparison.comparing import Comparing
from configserver.push.comparison.edits import NO_EDITS, Edits
from configserver.push.comparison.effective import ABSENT
from configserver.push.comparison.gathered import Gathered
from configserver.push.comparison.hashing import Hashing
from configserver.push.comparison.telling import Telling
from configserver.push.hints.looks import Looks
from configserver.push.interest.learning import Learning
from configserver.push.interest.queries import Interest, Known
from configserver.query import Query

_log = get_logger("configserver.push")
_DEBOUNCE: Final = 0.005
"""Seconds in which news of several sources become one."""

_FEW: Final = 64
"""Watched queries that are compared at once; of more, those the files are for come first."""

_AGAIN: Final = (1.0, 60.0)
"""Seconds until what failed is tried again, at first and at most."""


class Refresher:
    """Takes hints and news, and publishes what they come to; an asynchronous context manager.

    Everything runs in its own tasks: who calls never waits. For the event loop only.

    Args:
        answering: the server.
        interest: who asked.
        looks: how sources are looked at.
        relay: passes a hint on to other replicas; returns at once.
        publish: takes what was found; returns at once.
        watched: returns the queries that somebody waits for at this moment.
        max_queries: to be learned at a time.
        at_once: answers that are made at the same time.
        spares: leave alone those who cannot be concerned by the files that were edited. What is
            known of them names an older commit then.
    """

    def __init__(  # noqa: PLR0913 - it is where all of push meets
        self,
        answering: Answering,
        interest: Interest,
        *,
        looks: Looks,
        relay: Callable[[Hint], None],
        publish: Callable[[Refresh], None],
        watched: Callable[[], Iterable[Query]],
        max_queries: int = 20_000,
        at_once: int = 2,
        spares: bool = True,
    ) -> None:
        self._answering = answering
        self._interest = interest
        self._looks = looks
        self._relay = relay
        self._publish = publish
        self._watched = watched
        self._spares = spares
        self._comparing = Comparing(answering, interest, at_once=at_once)
        self._learning = Learning(
            answering,
            interest,
            compare=self._compare_again,
            era=lambda: self._comparing.era,
            max_waiting=max_queries,
        )
        self._links = Links()
        self._gathered = Gathered()
        self._woken = asyncio.Event()
        self._at_work = False
        self._joining: set[Query] = set()
        self._pause = _AGAIN[0]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._learning.run()),
            asyncio.create_task(self._follow()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._looks.close()

    @property
    def busy(self) -> bool:
        """Whether a look or a comparison is under way, or about to begin."""
        return self._at_work or self._woken.is_set() or self._looks.busy

    def hint(self, hint: Hint) -> bool:
        """See Hints; what is meant is looked at once more if a look is under way."""
        sources = self._looks.meant(hint)
        if not sources:
            return False
        if not hint.relayed:
            self._relay(hint)
        self._looks.begin(sources, hint)
        return True

    def hear(self, news: News) -> None:
        """Take news of a source, whatever led to them; returns at once."""
        hint = self._looks.hint_of(news.source)
        if hint is None and news.moved:
            refs = tuple(news.moved)
            self._relay(Hint(origin="look", uris=(news.shown,), refs=refs))
        self._gathered.add(news, hint.origin if hint else "look")
        self._woken.set()

    def compare_all(self) -> None:
        """Compare what everybody is answered with, soon: the keys have changed, say."""
        self._gathered.everybody = self._gathered.renewed = True
        self._woken.set()

    async def state(self, query: Query) -> State:
        """See Knowledge; who asks for what is not there is told so, as a client is."""
        self._joining.add(query)
        try:
            await self._answering.look(query)
            known = await self._known(query)
        finally:
            self._joining.discard(query)
        if known.effective.etag == ABSENT.etag:
            await self._answering.environment(query)
        return known.state

    async def _known(self, query: Query) -> Known:
        known = self._interest.get(query)
        if known is not None and known.mark == self._answering.mark(query) is not None:
            return known
        (now,) = await outcomes(self._answering, [query], at_once=1)
        if isinstance(now, Failed):
            raise now.error
        known = self._interest.get(query)
        if known is None and now.effective.etag != ABSENT.etag:
            self._learning.take(now)
        elif known is not None and known.effective.etag == now.effective.etag:
            now.era = known.era
            self._interest.update(now)
        return now

    def learn(self, query: Query) -> None:
        """See Knowledge."""
        self._learning.note(query)

    def asked(self, query: Query, made_of: object, environment: Environment) -> None:
        """Note that a client was given an answer that was made for it; returns at once."""
        self._learning.note(query, environment, made_of)

    def _compare_again(self, *queries: Query) -> None:
        self._gathered.queries.update(dict.fromkeys(queries))
        self._woken.set()

    async def _follow(self) -> None:
        while True:
            await self._woken.wait()
            self._at_work = True
            await asyncio.sleep(_DEBOUNCE)
            self._woken.clear()
            gathered, self._gathered = self._gathered, Gathered()
            try:
                await self._work_off(gathered)
            except Exception:  # noqa: BLE001 - the next news are compared all the same
                _log.exception("comparison failed")
                self._comparing.era += 2
                asyncio.get_running_loop().call_later(_AGAIN[1], self.compare_all)
            self._at_work = False
            self._try_again()

    async def _work_off(self, gathered: Gathered) -> None:
        telling = Telling(self._publish, gathered)
        if not gathered.everybody:
            await self._compare(list(gathered.queries), telling)
            telling.flush()
            return
        self._comparing.era += 1
        finding = asyncio.create_task(asyncio.to_thread(self._edits, gathered))
        watched: Sequence[Query] = self._waited_for()
        if len(watched) > _FEW:
            watched = await asyncio.to_thread((await finding).first, watched)
        await self._compare(watched, telling, finding.result() if finding.done() else NO_EDITS)
        telling.flush()
        edits = await finding
        seen = set(watched)
        asked = (known.query for known in self._interest)
        others: Sequence[Query] = [query for query in asked if query not in seen]
        others = await asyncio.to_thread(edits.first, others)
        await self._compare(others, telling, edits, polite=True)
        telling.flush(never_asked(edits.names, self._interest.applications))

    def _edits(self, gathered: Gathered) -> Edits:
        """Return what happened; those who never asked hear of it all the same."""
        edits = Edits.of(gathered.news.values(), self._links)
        return Edits(edits.names) if gathered.renewed or not self._spares else edits

    async def _compare(
        self,
        queries: Sequence[Query],
        telling: Telling,
        edits: Edits = NO_EDITS,
        *,
        polite: bool = False,
    ) -> None:
        """Compare queries in their order; if `polite`, watched ones go first as news come in."""
        hashing = Hashing()
        async for concerned in self._comparing.concerned(queries, edits, polite=polite):
            if polite and self._woken.is_set() and self._gathered.everybody:
                await self._hurry()
            telling.add(await self._comparing.compare(concerned, hashing))

    async def _hurry(self) -> None:
        """Compare what is watched to the newest, in the midst of another comparison."""
        self._woken.clear()
        telling = Telling(self._publish, self._gathered)
        await self._compare(self._waited_for(), telling)
        telling.flush()

    def _waited_for(self) -> list[Query]:
        """Return what is watched; without those who are still to be told a first state."""
        joining = {one for one in self._joining if self._interest.get(one) is None}
        return [query for query in self._watched() if query not in joining]

    def _try_again(self) -> None:
        """See to it that what failed, and what came in between, is compared."""
        if self._gathered:
            self._woken.set()
        if not self._comparing.failed:
            self._pause = _AGAIN[0]
            return
        failed = tuple(self._comparing.failed)
        self._comparing.failed.clear()
        asyncio.get_running_loop().call_later(self._pause, self._compare_again, *failed)
        self._pause = min(2 * self._pause, _AGAIN[1])
