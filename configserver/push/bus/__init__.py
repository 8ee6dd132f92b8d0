"""Spring Cloud Bus: events by which applications refresh, on any broker that carries bytes.

`events` are what is said, `destinations` to whom, `matching` who obeys; none of them does I/O.
`Bus` is the door and the ear, `Link` keeps the connection to a broker.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

Heard: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Takes the body of each message that comes in; whatever it holds, it raises nothing."""


class Session(Protocol):
    """A connection to a broker, for as long as it holds."""

    async def publish(self, body: bytes) -> None:
        """Send a message; returns when the broker has confirmed it."""

    async def ended(self) -> None:
        """Return when the connection is gone."""


class Publisher(Protocol):
    """What sends messages over whichever connection there is."""

    @property
    def name(self) -> str:
        """What logs call the broker: `rabbitmq`, `kafka`."""

    async def publish(self, body: bytes) -> None:
        """Send a message; returns when the broker has confirmed it.

        Raises:
            DeliveryFailed: it has not, within a limit.
        """
