"""`POST /actuator/busrefresh[/{destination}]`: an operator has applications refresh."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from configserver.errors import ConfigError
from configserver.push import DeliveryFailed
from configserver.push.bus.destinations import destination_of
from configserver.push.bus.events import EVERYBODY
from configserver.push.bus.matching import SEPARATOR
from configserver.web.errors import MethodNotAllowed
from configserver.web.extensions import Extension
from configserver.web.negotiation import Accept
from configserver.web.paths import Target
from configserver.web.routes import Kind, Match, Route, Variables

Order: TypeAlias = Callable[[str], Awaitable[None]]
"""Sends a refresh event to a destination; raises DeliveryFailed if the broker does not take it."""

_PLACE: Final = ("actuator", "busrefresh")


class BrokerDown(ConfigError):
    """An event that no broker took."""

    status = 503


def busrefresh_extension(order: Order) -> Extension:
    """Return the address, which sends what it is asked to, whatever has changed."""

    async def answer(request: web.Request, match: Match, _: Accept) -> web.Response:
        if request.method != "POST":
            raise MethodNotAllowed("the method is not POST", allow="POST")
        try:
            await order(destination_of(match.variables["destination"]))
        except DeliveryFailed as failed:
            raise BrokerDown(
                f"the event was not sent: {failed}",
                hint="nothing has to be done for changes of configuration: they are told when the "
                "broker is back",
            ) from None
        return web.Response(status=204)

    return Extension(
        # Without an entry for GET it would be a request for an environment.
        tuple(
            Route(Kind.BUS_REFRESH, method, _destination, prefixed=False)
            for method in ("POST", "GET")
        ),
        answer,
    )


def _destination(target: Target) -> Variables | None:
    """Bind the segments below the endpoint as one destination, everybody if there are none."""
    below = target.segments[len(_PLACE) :]
    if target.segments[: len(_PLACE)] != _PLACE or not all(below):
        return None
    return {"destination": SEPARATOR.join(below) or EVERYBODY}
