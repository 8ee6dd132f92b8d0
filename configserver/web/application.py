"""The aiohttp application: everything goes to one handler."""

from collections.abc import Callable, Sequence

from aiohttp import web

from configserver.service import ConfigService
from configserver.web.bodies import MAX_TEXT
from configserver.web.encryption import Endpoints
from configserver.web.extensions import Extension, Handler
from configserver.web.front import Asked, Front
from configserver.web.health import AlwaysReady, Probe
from configserver.web.options import EncryptionOptions, WebOptions

MAX_LINE = 8190
"""Bytes of a request line or header, about as in Tomcat: aiohttp's router takes time by the square
of the number of slashes."""

FRONT = web.AppKey("front", Front)
"""Where the handler is, for those who want its counters."""


def create_app(  # noqa: PLR0913 - what a server is made of
    service: ConfigService,
    *,
    options: WebOptions,
    probe: Probe | None = None,
    endpoints: Endpoints | None = None,
    extensions: Sequence[Extension] = (),
    asked: Asked | None = None,
    around: Callable[[Handler], Handler] | None = None,
) -> web.Application:
    """Return the application; run it with `max_line_size` and `max_field_size` of MAX_LINE.

    Args:
        service: what is served.
        options: settings.
        probe: readiness and commit for the health endpoints; None for always ready.
        endpoints: what encrypts and decrypts for clients; None for a server without a key.
        extensions: addresses that not every server has.
        asked: see Front.
        around: makes of the one handler another one that is to take all requests.
    """
    front = Front(
        service,
        options,
        probe=probe or AlwaysReady(),
        endpoints=endpoints or Endpoints(None, EncryptionOptions()),
        extensions=extensions,
        asked=asked,
    )
    handler = front.handle if around is None else around(front.handle)
    application = web.Application(client_max_size=MAX_TEXT)
    application[FRONT] = front
    application.router.add_route("*", "/{target:(?s:.*)}", handler)
    return application
