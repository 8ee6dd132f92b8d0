"""NATS between replicas: one subject, core NATS."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from configserver.secret import Secret

QUIET_SECONDS: Final = 10
"""Between two questions to the broker whether it is there; two without an answer are too many."""

MAX_WAITING: Final = 1000
"""Messages that were received and not looked at yet; beyond it the connection is given up."""

_TIMEOUT: Final = 5


class ConnectionLost(ConnectionError):
    """The connection to the broker is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsPlace:
    """Where a NATS is.

    Attributes:
        servers: `nats://host:4222`, `tls://…`; any of them serves. Without credentials.
        subject: what is published on.
        username: None for no login.
        password: of the user.
        token: instead of a user.
        ca_file: PEM file of CAs that are trusted besides the system's.
    """

    servers: tuple[str, ...]
    subject: str
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    ca_file: str | None = None


class NatsWire:
    """See Wire.

    The library's own way to connect again is off: it keeps what it cannot send, and would tell of
    the gap beside the messages.

    Args:
        place: where it is.
        quiet_seconds: see QUIET_SECONDS.
    """

    def __init__(self, place: NatsPlace, *, quiet_seconds: int = QUIET_SECONDS) -> None:
        self._place = place
        self._quiet_seconds = quiet_seconds
        self._client: Client | None = None
        self._received: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._lost = asyncio.Event()

    async def open(self) -> None:
        """See Wire."""
        place = self._place
        self._received, self._lost = asyncio.Queue(MAX_WAITING), asyncio.Event()
        trust = await asyncio.to_thread(_trust, place) if _is_tls(place) else None
        client = self._client = Client()
        await client.connect(
            servers=list(place.servers),
            name="configserver",
            allow_reconnect=False,
            max_reconnect_attempts=1,  # for each server, within `connect` itself
            reconnect_time_wait=0,
            connect_timeout=_TIMEOUT,
            ping_interval=self._quiet_seconds,
            max_outstanding_pings=2,
            error_cb=self._failed,
            disconnected_cb=self._gone,
            closed_cb=self._gone,
            tls=trust,
            user=place.username,
            password=place.password.reveal() if place.password else None,
            token=place.token.reveal() if place.token else None,
        )
        await client.subscribe(place.subject, cb=self._take)
        await client.flush(_TIMEOUT)

    async def receive(self) -> bytes:
        """See Wire."""
        lost = asyncio.ensure_future(self._lost.wait())
        received = asyncio.ensure_future(self._received.get())
        try:
            await asyncio.wait({lost, received}, return_when=asyncio.FIRST_COMPLETED)
            if received.done():
                return received.result()
            raise ConnectionLost("the connection is gone")
        finally:
            lost.cancel()
            received.cancel()

    async def send(self, body: bytes) -> None:
        """See Wire."""
        if self._client is None:
            raise ConnectionLost("is not open")
        await self._client.publish(self._place.subject, body)
        await self._client.flush(_TIMEOUT)

    async def close(self) -> None:
        """See Wire."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _take(self, message: Msg) -> None:
        try:
            self._received.put_nowait(message.data)
        except asyncio.QueueFull:
            self._lost.set()  # connecting again tells that something was missed

    async def _failed(self, error: Exception) -> None:
        """Take an error of the connection; `_gone` follows if it ends."""

    async def _gone(self) -> None:
        self._lost.set()


def _is_tls(place: NatsPlace) -> bool:
    return place.ca_file is not None or any(one.startswith("tls:") for one in place.servers)


def _trust(place: NatsPlace) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if place.ca_file:
        context.load_verify_locations(place.ca_file)
    return context
