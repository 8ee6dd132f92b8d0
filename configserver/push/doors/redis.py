"""Redis, or Valkey, between replicas: publish and subscribe on one channel."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

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
        ca_file: PEM file of the CAs that are trusted; None for the system's.
    """

    url: str
    channel: str
    username: str | None = None
    password: Secret | None = None
    ca_file: str | None = None


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
        """See Wire."""
        place = self._place
        options: dict[str, Any] = {}
        if urlsplit(place.url).scheme == "rediss" and place.ca_file:
            options["ssl_ca_certs"] = place.ca_file
        self._client = Redis.from_url(
            place.url,
            username=place.username,
            password=place.password.reveal() if place.password else None,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            max_connections=4,
            driver_info=None,  # looking for its own version would read files on the loop
            **options,
        )
        self._listener = self._client.pubsub()
        await self._listener.subscribe(place.channel)
        if await self._next(_TIMEOUT) is None:
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

    async def _next(self, seconds: float) -> dict[str, Any] | None:
        found: dict[str, Any] | None = await self._listening().get_message(timeout=seconds)
        return found

    def _listening(self) -> PubSub:
        if self._listener is None:
            raise ConnectionError("is not open")
        return self._listener
