"""From settings to the other replicas of this server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from configserver.app.push.certificates import check_trust, checked_ca_file
from configserver.errors import SettingsError
from configserver.push import DoorState, Hints
from configserver.push.claims.words import Word, ignore
from configserver.push.doors.broker import BrokerRelay, Wire
from configserver.push.doors.http import Poster
from configserver.push.doors.inbox import Inbox
from configserver.push.doors.peers import PeerRelay, Sender, parse_peer
from configserver.push.doors.tls import Trust
from configserver.settings import Settings
from configserver.settings.replicas import NatsSettings, RedisSettings, ReplicasSettings
from configserver.web.extensions import Extension
from configserver.web.push.replicas import replicas_extension

_REPLICAS: Final = "configserver.replicas"


@dataclass(frozen=True, slots=True)
class Replicas:
    """Ways to and from other replicas.

    Attributes:
        relays: ways out, open.
        extensions: addresses that others send to.
    """

    relays: tuple[PeerRelay | BrokerRelay, ...]
    extensions: tuple[Extension, ...]

    def reports(self) -> Sequence[DoorState]:
        """Return how each relay is doing."""
        return [relay.report() for relay in self.relays]


@asynccontextmanager
async def open_replicas(
    settings: Settings, hints: Hints, heard: Callable[[Word], None] = ignore
) -> AsyncIterator[Replicas]:
    """Open what the settings name until the context ends; nothing waits for another side.

    Args:
        settings: of the server.
        hints: takes the hints of others.
        heard: takes their words.

    Raises:
        SettingsError: a package is missing, or a file of certificates cannot be read.
    """
    replicas, replica = settings.replicas, str(uuid.uuid4())
    relays: list[PeerRelay | BrokerRelay] = []
    extensions: list[Extension] = []
    async with AsyncExitStack() as stack:
        if replicas.secret is not None:
            sender = Sender(replica, replicas.secret)
            inbox = Inbox(sender, hints)
            inbox.heard = heard
            extensions.append(replicas_extension(inbox))
            if replicas.peers:
                ca_file = await checked_ca_file(f"{_REPLICAS}.ca-file", replicas.ca_file)
                poster = await stack.enter_async_context(Poster(ca_file=ca_file))
                relays += [PeerRelay(parse_peer(url), sender, poster) for url in replicas.peers]
        if replicas.redis.url:
            wire = await _redis(replicas)
            relays.append(BrokerRelay("redis", wire, hints, replica=replica))
        if replicas.nats.servers:
            wire = await _nats(replicas)
            relays.append(BrokerRelay("nats", wire, hints, replica=replica))
        for relay in relays:
            if isinstance(relay, BrokerRelay):
                relay.heard = heard
            await stack.enter_async_context(relay)
        yield Replicas(tuple(relays), tuple(extensions))


async def _redis(replicas: ReplicasSettings) -> Wire:
    try:
        # Only a server with Redis pays for its library.
        from configserver.push.doors import redis  # noqa: PLC0415
    except ModuleNotFoundError:
        raise _missing("redis") from None
    own = replicas.redis
    place = redis.RedisPlace(
        url=own.url or "",
        channel=own.channel,
        username=own.username,
        password=own.password,
        trust=await _trust(f"{_REPLICAS}.redis", own),
    )
    return redis.RedisWire(place)


async def _nats(replicas: ReplicasSettings) -> Wire:
    try:
        # Only a server with NATS pays for its library.
        from configserver.push.doors import nats  # noqa: PLC0415
    except ModuleNotFoundError:
        raise _missing("nats") from None
    own = replicas.nats
    place = nats.NatsPlace(
        servers=own.servers,
        subject=own.subject,
        username=own.username,
        password=own.password,
        token=own.token,
        trust=await _trust(f"{_REPLICAS}.nats", own),
    )
    return nats.NatsWire(place)


async def _trust(prefix: str, own: RedisSettings | NatsSettings) -> Trust:
    """Return the certificates that settings name, which can be read now."""
    trust = Trust(ca_file=own.ca_file, certificate=own.client_certificate, key=own.client_key)
    await asyncio.to_thread(check_trust, prefix, trust)
    return trust


def _missing(extra: str) -> SettingsError:
    return SettingsError(
        f"{_REPLICAS}.{extra} needs a package that is not installed",
        hint=f"pip install 'configserver[{extra}]'",
    )
