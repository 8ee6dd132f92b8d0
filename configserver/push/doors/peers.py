"""Hints and words from replica to replica over HTTP, for a configured list of addresses."""

import asyncio
import socket
import uuid
from collections.abc import Awaitable, Callable, Sequence
from time import time
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

from configserver.push import DeliveryFailed, DoorState, Hint
from configserver.push.claims.words import Word
from configserver.push.delivery.retries import FOR_EVER, Retries
from configserver.push.doors.http import Poster
from configserver.push.doors.messages import Message, encode
from configserver.push.doors.outbox import Outbox
from configserver.push.doors.signatures import peer_signature
from configserver.push.doors.speech import Speech
from configserver.secret import Secret

PATH: Final = "/admin/replicas/hint"
TIMESTAMP_HEADER: Final = "X-Config-Timestamp"
SIGNATURE_HEADER: Final = "X-Config-Signature"

MAX_ADDRESSES: Final = 64
"""Addresses of one name that are told."""


class PeerUrl(NamedTuple):
    """Where peers listen.

    Attributes:
        scheme: `http` or `https`.
        host: a name or an address.
        port: None for that of the scheme.
        every: whether each address of the name is a peer of its own.
    """

    scheme: str
    host: str
    port: int | None
    every: bool

    @property
    def place(self) -> str:
        """Host and port as in a URL."""
        return _place(self.host, self.port)


def parse_peer(url: str) -> PeerUrl:
    """Return what a URL such as `http://b:8888` or `dns+http://config:8888` means.

    Raises:
        ValueError: it is none; says what it should be.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("should be an address such as http://b:8888") from None
    kind, _, scheme = parts.scheme.rpartition("+")
    if scheme not in {"http", "https"} or kind not in {"", "dns"} or not parts.hostname:
        raise ValueError("should be an address such as http://b:8888 or dns+http://config:8888")
    if "@" in parts.netloc or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ValueError("should be an address alone, without user, path, ? or #")
    return PeerUrl(scheme, parts.hostname, port, kind == "dns")


class Sender(NamedTuple):
    """Who sends to peers.

    Attributes:
        replica: id of this process.
        secret: what all replicas share.
    """

    replica: str
    secret: Secret


async def addresses(peer: PeerUrl) -> Sequence[str]:
    """Return every address of a name.

    Raises:
        DeliveryFailed: it has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)
    except OSError:
        raise DeliveryFailed("its name has no address", hint="check replicas.peers") from None
    return sorted({str(one[4][0]) for one in found})[:MAX_ADDRESSES]


class PeerRelay:
    """Passes hints on to one entry of the list of peers, which may be this very replica.

    Args:
        peer: the entry.
        sender: who sends.
        poster: sends; opened and closed by its owner.
        retries: the pauses between tries.
        resolve: returns the addresses of a name.
    """

    def __init__(
        self,
        peer: PeerUrl,
        sender: Sender,
        poster: Poster,
        *,
        retries: Retries = FOR_EVER,
        resolve: Callable[[PeerUrl], Awaitable[Sequence[str]]] = addresses,
    ) -> None:
        self._peer = peer
        self._sender = sender
        self._poster = poster
        self._resolve = resolve
        self._message = Message(id="", replica=sender.replica, hint=Hint(origin=""))
        self._told: set[str] = set()
        self._outbox = Outbox(self.name, self._send, retries=retries)
        self._speech = Speech(self.name, self._send_words)

    @property
    def name(self) -> str:
        """See Relay."""
        return f"peer {self._peer.place}"

    def relay(self, hint: Hint) -> None:
        """See Relay."""
        self._outbox.put(hint)

    def say(self, word: Word) -> None:
        """See Speaker."""
        self._speech.say(word)

    def report(self) -> DoorState:
        """Say how it is doing."""
        return self._outbox.report()

    async def __aenter__(self) -> Self:
        """Begin to send."""
        await self._outbox.__aenter__()
        await self._speech.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give what waits a moment."""
        await self._speech.__aexit__()
        await self._outbox.__aexit__()

    async def _send(self, hint: Hint) -> None:
        """Send a hint to all addresses that have not taken it yet.

        Raises:
            DeliveryFailed: not all of them took it.
        """
        if self._message.hint is not hint:
            self._message = Message(id=str(uuid.uuid4()), replica=self._sender.replica, hint=hint)
            self._told = set()
        missing = [place for place in await self._places() if place not in self._told]
        await self._post_all(missing, encode(self._message), self._told.add)

    async def _send_words(self, words: Sequence[Word]) -> None:
        """Send words to all addresses.

        Raises:
            DeliveryFailed: not all of them took them.
        """
        message = Message(id=str(uuid.uuid4()), replica=self._sender.replica, words=words)
        await self._post_all(await self._places(), encode(message), lambda _: None)

    async def _places(self) -> Sequence[str]:
        if not self._peer.every:
            return [self._peer.place]
        found = await self._resolve(self._peer)
        return [_place(address, self._peer.port) for address in found]

    async def _post_all(
        self, places: Sequence[str], body: bytes, taken: Callable[[str], None]
    ) -> None:
        async def post(place: str) -> None:
            await self._post(place, body)
            taken(place)

        results = await asyncio.gather(*map(post, places), return_exceptions=True)
        failures = [one for one in results if isinstance(one, BaseException)]
        if failures:
            raise failures[0]

    async def _post(self, place: str, body: bytes) -> None:
        timestamp = int(time())
        status = await self._poster.post(
            f"{self._peer.scheme}://{place}{PATH}",
            body=body,
            headers={
                "Content-Type": "application/json",
                TIMESTAMP_HEADER: str(timestamp),
                SIGNATURE_HEADER: peer_signature(self._sender.secret, body, timestamp=timestamp),
            },
            server_name=self._peer.host if self._peer.every else None,
        )
        if status == 410:
            raise DeliveryFailed("answers 410")


def _place(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
