"""Redis, or Valkey, between replicas: publish and subscribe on one channel."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import ConnectionPool, Redis, SSLConnection
from redis.asyncio.client import PubSub
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError

from configserver.push import DeliveryFailed
from configserver.push.doors.tls import ALONE, Trust
from configserver.secret import Secret

QUIET_SECONDS: Final = 10.0
"""After so long without a message the broker is asked whether it is there; it has as long again."""

_TIMEOUT: Final = 5.0


class Silent(ConnectionError):
    """The broker does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisPlace:
    """Where a Redis is.

    Attributes:
        url: `redis://host:6379/0`, `rediss://…` for TLS, `unix:///path`; without credentials.
        channel: what is published on.
        username: of an ACL user; None for the default one.
        password: None for no login.
        trust: certificates, for `rediss`.
    """

    url: str
    channel: str
    username: str | None = None
    password: Secret | None = None
    trust: Trust = ALONE


class RedisWire:
    """See Wire.

    The library's own way to connect again is off: it would not tell that there was a gap.

    Args:
        place: where it is.
        quiet_seconds: see QUIET_SECONDS.
    """

    def __init__(self, place: RedisPlace, *, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._place = place
        self._quiet_seconds = quiet_seconds
        self._client: Redis | None = None
        self._listener: PubSub | None = None

    async def open(self) -> None:
        """See Wire.

        Raises:
            DeliveryFailed: the login is refused.
        """
        self._client = Redis.from_pool(await self._pool())
        self._listener = self._client.pubsub()
        try:
            await self._listener.subscribe(self._place.channel)
            answer = await self._next(_TIMEOUT)
        except AuthenticationError:
            raise DeliveryFailed("the login is refused", hint="check user and password") from None
        except NoPermissionError:
            hint = "let it SUBSCRIBE, PUBLISH and PING there"
            raise DeliveryFailed("the user may not use the channel", hint=hint) from None
        if answer is None:
            raise Silent("no answer to SUBSCRIBE")

    async def receive(self) -> bytes:
        """See Wire."""
        asked = False
        while True:
            found = await self._next(self._quiet_seconds)
            if found is None:
                if asked:
                    raise Silent("no answer to PING")
                asked = True
                await self._listening().ping()
            elif found["type"] == "message":
                body: bytes = found["data"]
                return body
            else:
                asked = False

    async def send(self, body: bytes) -> None:
        """See Wire."""
        if self._client is None:
            raise ConnectionError("is not open")
        await self._client.publish(self._place.channel, body)

    async def close(self) -> None:
        """See Wire."""
        listener, client = self._listener, self._client
        self._listener = self._client = None
        if listener is not None:
            await listener.aclose()  # type: ignore[no-untyped-call]
        if client is not None:
            await client.aclose()

    async def _pool(self) -> ConnectionPool:
        place = self._place
        options: dict[str, Any] = {
            "username": place.username,
            "password": place.password.reveal() if place.password else None,
            "retry": Retry(NoBackoff(), 0),
            "socket_connect_timeout": _TIMEOUT,
            "socket_timeout": _TIMEOUT,
            "max_connections": 4,
            "driver_info": None,  # looking for its own version would read files on the loop
            **parse_url(place.url),
        }
        if options.get("connection_class") is SSLConnection:
            context = await asyncio.to_thread(place.trust.context)
            options |= {"connection_class": _EncryptedConnection, "context": context}
        return ConnectionPool(**options)

    async def _next(self, seconds: float) -> dict[str, Any] | None:
        found: dict[str, Any] | None = await self._listening().get_message(timeout=seconds)
        return found

    def _listening(self) -> PubSub:
        if self._listener is None:
            raise ConnectionError("is not open")
        return self._listener


class _EncryptedConnection(SSLConnection):
    """A connection over TLS with a context of ours; the library's reads files, on the loop.

    Args:
        context: what is trusted.
        options: see SSLConnection; those of TLS have no effect.
    """

    def __init__(self, *, context: ssl.SSLContext, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = context
