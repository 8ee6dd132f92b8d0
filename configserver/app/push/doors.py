"""From settings to those who are told of changes over HTTP, and what every door is delivered by."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final

from configserver.app.push.certificates import checked_ca_file
from configserver.push import Door
from configserver.push.claims.sharing import Sharing, once
from configserver.push.delivery.deliveries import Deliveries
from configserver.push.delivery.door import Delivery, Limits, Outlet
from configserver.push.delivery.fan import Fan, Fixed
from configserver.push.delivery.pace import Pace
from configserver.push.delivery.paced import Paced
from configserver.push.delivery.retries import Retries
from configserver.push.doors.actuator import Instance, InstanceDoor
from configserver.push.doors.callers import Rules
from configserver.push.doors.http import Poster
from configserver.push.doors.known import Callers
from configserver.push.doors.outgoing import Outgoing, Webhook
from configserver.settings import Settings

CALLER_TRIES: Final = 3
"""Tries for an instance that asked: most that do not answer are gone for good."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Ways out.

    Attributes:
        deliveries: to each door or each kind of door, open.
        callers: those who asked, None if nobody is called back.
    """

    deliveries: Deliveries
    callers: Callers | None


@asynccontextmanager
async def open_doors(
    settings: Settings, doors: Sequence[Door] = (), sharing: Sharing | None = None
) -> AsyncIterator[Doors]:
    """Open what the settings name until the context ends; nothing waits for another side.

    Args:
        settings: of the server.
        doors: those of brokers, which are delivered to as well.
        sharing: with other replicas, None if there are none.

    Raises:
        SettingsError: a file of certificates cannot be read.
    """
    limits = limits_of(settings)
    async with AsyncExitStack() as stack:
        posters = _Posters(stack, limits.try_seconds)
        pace = pace_of(settings)
        outlets: list[Outlet] = [_bus(door, limits, pace) for door in doors]
        if settings.refresh.instances:
            targets = await _instances(settings, posters, sharing)
            outlets.append(Fan("instances", targets, pace=pace, sharing=sharing))
        callers = await _callers(settings, posters, sharing) if settings.refresh.callers else None
        if callers is not None:
            outlets.append(Fan("callers", callers, pace=pace, sharing=sharing))
        if settings.notify.webhooks:
            targets = await _webhooks(settings, posters, sharing)
            outlets.append(Fan("webhooks", targets, pace=pace, sharing=sharing))
        yield Doors(await stack.enter_async_context(Deliveries(outlets)), callers)


def _bus(door: Door, limits: Limits, pace: Pace) -> Outlet:
    delivery = Delivery(door, limits=limits)
    return Paced(delivery, pace) if pace.batch else delivery


def limits_of(settings: Settings) -> Limits:
    """Return what the delivery to a door may take."""
    own = settings.delivery
    retries = Retries(tries=own.tries, seconds=own.give_up_after)
    return Limits(waiting=own.waiting, retries=retries, try_seconds=own.timeout)


def pace_of(settings: Settings) -> Pace:
    """Return how fast many are told of the same change."""
    own = settings.spread
    return Pace(batch=own.batch, pause=own.pause, jitter=own.jitter)


def _http_limits(settings: Settings) -> Limits:
    """Return the limits for doors whose client has the same limit, which says more of itself."""
    limits = limits_of(settings)
    return replace(limits, try_seconds=limits.try_seconds + 1.0)


class _Posters:
    """One client for each file of CAs."""

    def __init__(self, stack: AsyncExitStack, seconds: float) -> None:
        self._stack = stack
        self._seconds = seconds
        self._opened: dict[str | None, Poster] = {}

    async def get(self, name: str, ca_file: str | None) -> Poster:
        """Return the client that trusts a file; `name` is that of the setting."""
        if ca_file not in self._opened:
            poster = Poster(ca_file=await checked_ca_file(name, ca_file), seconds=self._seconds)
            self._opened[ca_file] = await self._stack.enter_async_context(poster)
        return self._opened[ca_file]


async def _instances(settings: Settings, posters: _Posters, sharing: Sharing | None) -> Fixed:
    limits = replace(_http_limits(settings), waiting=1)  # what it is told last is all it needs
    gate = asyncio.Semaphore(settings.refresh.concurrency)
    targets = []
    for instance, ca_file in _named_instances(settings):
        name = f"configserver.refresh.instances.{instance.name}.ca-file"
        door = InstanceDoor(instance, await posters.get(name, ca_file))
        targets.append((door, Delivery(once(door, sharing), limits=limits, gate=gate)))
    return Fixed(targets)


def _named_instances(settings: Settings) -> Iterator[tuple[Instance, str | None]]:
    for name, own in settings.refresh.instances.items():
        instance = Instance(
            name=name,
            url=own.url or "",
            application=own.application,
            profiles=own.profiles,
            label=own.label,
            username=own.username,
            password=own.password,
            headers=own.headers,
        )
        yield instance, own.ca_file


async def _callers(settings: Settings, posters: _Posters, sharing: Sharing | None) -> Callers:
    own, limits = settings.refresh, _http_limits(settings)
    retries = replace(limits.retries, tries=min(CALLER_TRIES, limits.retries.tries))
    limits = replace(limits, waiting=1, retries=retries)
    gate = asyncio.Semaphore(own.concurrency)
    return Callers(
        Rules(
            networks=tuple(map(ip_network, own.networks)),
            port=own.port,
            ports=tuple(map(int, own.ports)),
            path=own.path,
            proxies=tuple(map(ip_network, own.trusted_proxies)),
        ),
        await posters.get("", None),
        deliver=lambda caller: Delivery(once(caller, sharing), limits=limits, gate=gate),
        most=own.max_callers,
    )


async def _webhooks(settings: Settings, posters: _Posters, sharing: Sharing | None) -> Fixed:
    limits = _http_limits(settings)
    targets = []
    for name, own in settings.notify.webhooks.items():
        ca_name = f"configserver.notify.webhooks.{name}.ca-file"
        webhook = Webhook(
            name=name, url=own.url or "", secret=own.secret, applications=own.applications
        )
        door = Outgoing(webhook, await posters.get(ca_name, own.ca_file))
        targets.append((door, Delivery(once(door, sharing), limits=limits)))
    return Fixed(targets)
