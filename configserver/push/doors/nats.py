"""NATS between replicas: one subject, core NATS."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoServersError

from configserver.push import DeliveryFailed
from configserver.push.doors.tls import ALONE, NeedsCertificate, NotEncrypted, Trust
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
        servers: `nats://host:4222`, `tls://…`; any of them serves. Without credentials. With one
            `tls` among them, or a CA or certificate of its own, nothing is said without TLS;
            otherwise the servers say whether they speak it.
        subject: what is published on.
        username: None for no login.
        password: of the user.
        token: instead of a user.
        trust: certificates, for TLS.
    """

    servers: tuple[str, ...]
    subject: str
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    trust: Trust = ALONE

    @property
    def encrypted(self) -> bool:
        """Return whether nothing may be said without TLS."""
        return self.trust != ALONE or any(one.startswith("tls:") for one in self.servers)


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
        self._failure: Exception | None = None

    async def open(self) -> None:
        """See Wire.

        Raises:
            DeliveryFailed: the login is refused, or there is no TLS though it is wanted.
        """
        self._received, self._lost = asyncio.Queue(MAX_WAITING), asyncio.Event()
        try:
            await self._connect()
        except NoServersError as error:
            # The library keeps to itself why it could not connect to any.
            raise (self._failure or error) from None
        except Error as error:
            if "Authorization" not in str(error):
                raise
            hint = "check user and password, or the token"
            raise DeliveryFailed("the login is refused", hint=hint) from None

    async def _connect(self) -> None:
        place, self._failure = self._place, None
        trust = await asyncio.to_thread(place.trust.context) if place.encrypted else None
        client = self._client = _EncryptedClient(place) if place.encrypted else Client()
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
        self._failure = error

    async def _gone(self) -> None:
        self._lost.set()


class _EncryptedClient(Client):
    """A client that says nothing before there is TLS: the library leaves that to the server.

    Whoever stands in between could else take the server's word for TLS out, and read the token.
    """

    def __init__(self, place: NatsPlace) -> None:
        super().__init__()
        self._certified = place.trust.certificate is not None

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise NotEncrypted
        if self._server_info.get("tls_verify") and not self._certified:
            raise NeedsCertificate
        return super()._connect_command()
