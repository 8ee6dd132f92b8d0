"""A connection to a broker that is made again by itself, for ever."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from typing import Final, Self, TypeAlias

from configserver.logs import get_logger
from configserver.push import DeliveryFailed
from configserver.push.bus import Session
from configserver.push.delivery.retries import FOR_EVER, Retries, pause

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager[Session]]
"""Opens a session; what it raises is in `Broker.failures`."""

CONNECTING: Final = replace(FOR_EVER, longest=5.0)

_logger = get_logger("configserver.push.bus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How a broker is reached.

    Attributes:
        name: for logs and health: `rabbitmq`, `kafka`.
        connect: opens a session.
        failures: the exceptions of its library.
        explain: says what one of them means, without any secret.
    """

    name: str
    connect: Connect
    failures: tuple[type[Exception], ...]
    explain: Callable[[Exception], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds.

    Attributes:
        connect: that opening a session may take.
        publish: that the broker may take to confirm a message.
        retries: the pauses between tries to connect.
        absent: that a message waits for a connection that is not there.
    """

    connect: float = 30.0
    publish: float = 10.0
    retries: Retries = CONNECTING
    absent: float = 1.0


class Link:
    """Keeps one session to a broker; a context manager that owns the task which does.

    Entering it waits for nothing: a server whose broker is down starts at once.

    Args:
        broker: how it is reached.
        patience: how long each step may take.

    Attributes:
        changed: called when a session begins (True) and when it has ended (False).
        reason: why there is no session, None while there is one.
    """

    def __init__(self, broker: Broker, *, patience: Patience | None = None) -> None:
        self._broker = broker
        self._patience = patience or Patience()
        self._session: Session | None = None
        self._ready = asyncio.Event()
        self._broken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.changed: Callable[[bool], None] = lambda _: None
        self.reason: str | None = "not connected yet"

    @property
    def name(self) -> str:
        """See Publisher."""
        return self._broker.name

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep(), name=f"bus {self.name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def publish(self, body: bytes) -> None:
        """See Publisher; an attempt that fails ends the session, and another one is opened."""
        session = await self._current()
        try:
            async with asyncio.timeout(self._patience.publish):
                await session.publish(body)
        except (TimeoutError, asyncio.CancelledError):
            if _is_cancelled():
                raise
            self._broken.set()
            raise DeliveryFailed(f"{self.name} has confirmed nothing in time") from None
        except self._broker.failures as error:
            self._broken.set()
            raise DeliveryFailed(f"{self.name}: {self._broker.explain(error)}") from None
        except Exception as error:  # noqa: BLE001 - whatever the library raises, it is its failure
            self._broken.set()
            raise DeliveryFailed(f"{self.name}: {type(error).__name__}") from None

    async def _current(self) -> Session:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.absent):
                await self._ready.wait()
        if self._session is None:
            reason = self.reason or "the connection was lost"
            raise DeliveryFailed(f"{self.name} cannot be reached: {reason}")
        return self._session

    async def _keep(self) -> None:
        tries = 0
        while True:
            try:
                await self._hold()
                tries, reason = 0, "the connection was lost"
            except TimeoutError:
                reason = "no connection in time"
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise
                reason = "the connection was lost"
            except self._broker.failures as error:
                reason = self._broker.explain(error)
            except Exception as error:
                reason = type(error).__name__
                _logger.exception("bus connection")
            if reason != self.reason:
                _logger.warning("bus lost", broker=self.name, reason=reason)
            self.reason = reason
            tries += 1
            chance = random.random()  # noqa: S311 - jitter is no secret
            await asyncio.sleep(pause(self._patience.retries, tries, elapsed=0, chance=chance) or 0)

    async def _hold(self) -> None:
        """Hold a session until it ends."""
        async with asyncio.timeout(self._patience.connect) as limit:
            async with self._broker.connect() as session:
                limit.reschedule(None)
                self._begin(session)
                try:
                    await self._first_of(session)
                finally:
                    self._end()
                    limit.reschedule(asyncio.get_running_loop().time() + self._patience.connect)

    def _begin(self, session: Session) -> None:
        _logger.info("bus connected", broker=self.name)
        self._session, self.reason = session, None
        self._broken.clear()
        self._ready.set()
        self.changed(True)

    def _end(self) -> None:
        self._session = None
        self._ready.clear()
        self.changed(False)

    async def _first_of(self, session: Session) -> None:
        """Return when the session ends, or when a message could not be sent over it."""
        waits = {
            asyncio.ensure_future(session.ended()),
            asyncio.ensure_future(self._broken.wait()),
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def _is_cancelled() -> bool:
    """Say whether this task is to end: libraries let the end of tasks of their own through too."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
