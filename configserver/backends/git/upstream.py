"""The URIs of one repository, tried in order."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Fetched, Job
from configserver.logs import get_logger

_log = get_logger(__name__)
_OURS: Final = frozenset({Fault.DISK, Fault.MIRROR, Fault.WORKER, Fault.CREDENTIALS})
"""What another host cannot help against."""

_RETURN: Final = 60.0
"""Seconds after which the first URI is tried again while another one is used."""


class Arrival(NamedTuple):
    """What was fetched.

    Attributes:
        fetched: what moved.
        path: into which bare repository.
        shown: the masked URI it came from.
        trusted: whether that is the first one, which alone may move branches back.
    """

    fetched: Fetched
    path: Path
    shown: str
    trusted: bool


class Upstream:
    """Where a repository is fetched from: the first URI, or while that fails one of the others.

    The one that works is kept until it fails; the first is tried again after a while.

    Args:
        addresses: the first one, then those to fail over to.
        fetchers: the processes that fetch.
        access: how all of them are reached.
        timeout: seconds for each to answer.
        transfer_timeout: seconds for a whole transfer once one has answered.
        prune: forget branches that the first one deleted; a fail-over host may never have had them.
        again: seconds until the first one is tried again.
    """

    def __init__(  # noqa: PLR0913 - what an operator can set
        self,
        addresses: Sequence[Address],
        *,
        fetchers: Fetchers,
        access: Access,
        timeout: float,
        transfer_timeout: float,
        prune: bool,
        again: float = _RETURN,
    ) -> None:
        self._addresses = tuple(addresses)
        self._fetchers = fetchers
        self._access = access
        self._timeout = timeout
        self._transfer_timeout = transfer_timeout
        self._prune = prune
        self._again = again
        self._current = 0
        self._first_tried = -math.inf

    @property
    def shown(self) -> str:
        """The masked URI that is used now."""
        return self._addresses[self._current].shown

    @property
    def count(self) -> int:
        """How many URIs there are."""
        return len(self._addresses)

    def return_in(self, now: float) -> float | None:
        """Return the seconds until the first URI is tried again, None while it is used."""
        if self._current == 0:
            return None
        return max(0.0, self._first_tried + self._again - now)

    async def fetch(self, place: Callable[[], Path]) -> Arrival:
        """Fetch from the first URI that answers.

        Args:
            place: says into which bare repository, anew for each URI that is tried.

        Raises:
            Unreachable: the one that counts, if all fail: there is no such repository only if all
                of them say so.
        """
        errors: list[Unreachable] = []
        for index in self._order():
            if index == 0:
                self._first_tried = time.monotonic()
            address, path = self._addresses[index], place()
            try:
                fetched = await self._fetchers.fetch(self._job(address, path, trusted=index == 0))
            except Unreachable as error:
                if error.fault in _OURS:
                    raise
                errors.append(error)
            else:
                self._use(index, errors)
                return Arrival(fetched, path, address.shown, trusted=index == 0)
        raise next((error for error in errors if error.fault is not Fault.ABSENT), errors[0])

    def _job(self, address: Address, path: Path, *, trusted: bool) -> Job:
        return Job(
            uri=address.uri,
            access=self._access,
            path=path,
            prune=self._prune and trusted,
            timeout=self._timeout,
            transfer_timeout=self._transfer_timeout,
        )

    def _order(self) -> list[int]:
        others = [index for index in range(self.count) if index != self._current]
        if self.return_in(time.monotonic()) == 0:
            return [0, self._current, *(index for index in others if index)]
        return [self._current, *others]

    def _use(self, index: int, errors: Sequence[Unreachable]) -> None:
        if index == self._current:
            return
        _log.warning(
            "fail-over",
            repository=self._addresses[0].shown,
            uri=self._addresses[index].shown,
            before=self.shown,
            **({"fault": errors[0].fault, "reason": errors[0].reason} if errors else {}),
        )
        self._current = index
