"""The composition root: the only place that knows which pieces make a server."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager

from aiohttp import web

from configserver import __version__
from configserver.app.backends import Opened, opened
from configserver.app.keys.encryption import Keys, open_keys
from configserver.app.push.composition import open_push
from configserver.decryption import Decryption
from configserver.push.watching.turns import START
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.server import ServerSettings
from configserver.web.application import MAX_LINE, create_app
from configserver.web.encryption import Endpoints
from configserver.web.options import EncryptionOptions, WebOptions

GARBAGE = 50_000
"""Objects that may come to be before the collector looks at them."""

SHUTDOWN_SECONDS = 10
"""How long requests under way may take when the server ends."""

BACKLOG = 1024
"""Connections that wait to be taken: after a restart all watchers come back at once."""


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[ConfigService]:
    """Open what the settings name and serve it until the context ends.

    Raises:
        SettingsError: a backend without its place, or one that is not supported.
    """
    async with _opened(settings, alone=False) as (service, _, _):
        yield service


@asynccontextmanager
async def _opened(
    settings: Settings, *, alone: bool
) -> AsyncIterator[tuple[ConfigService, Opened, Keys | None]]:
    """Open keys and backends, see `opened`, and what serves them."""
    async with open_keys(settings) as keys:
        with ThreadPoolExecutor(os.cpu_count(), "cipher") as pool:
            async with opened(settings, alone=alone) as place:
                yield _service(settings, place, keys, pool=pool), place, keys


def _service(
    settings: Settings, place: Opened, keys: Keys | None, *, pool: Executor
) -> ConfigService:
    ciphers = settings.ciphers
    prefix_invalid = ciphers.prefix_invalid_properties
    return ConfigService(
        place.router,
        overrides=settings.serving.overrides,
        accept_empty=settings.serving.accept_empty,
        decryption=Decryption(keys, prefix_invalid=prefix_invalid, pool=pool)
        if ciphers.enabled
        else None,
        decrypts_files=ciphers.plain_text_encrypt,
    )


def run(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: what to serve, and where.
        started: called with the port as soon as the server listens.

    Raises:
        SettingsError: as `open_service`.
        OSError: the address cannot be listened on.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, started))


async def _serve(settings: Settings, started: Callable[[int], None] | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with (
        _opened(settings, alone=True) as (service, place, keys),
        open_push(settings, service, place) as push,
    ):
        if keys is not None:
            place.health.wrapped = keys.wrapped
        place.health.ways = push.reports
        application = create_app(
            service,
            options=_web_options(settings),
            probe=place.health,
            endpoints=Endpoints(keys, _encryption_options(settings)),
            extensions=push.extensions,
            asked=push.asked,
            around=push.around,
        )
        application.on_shutdown.append(_soon(push.close))
        application.on_response_prepare.extend(push.prepared)
        runner = web.AppRunner(
            application,
            access_log=None,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        await runner.setup()
        try:
            await _site(runner, settings.server).start()
            _collect_less_often()
            if started is not None:
                started(runner.addresses[0][1])
            await ended.wait()
        finally:
            await runner.cleanup()


def _site(runner: web.AppRunner, server: ServerSettings) -> web.TCPSite:
    return web.TCPSite(runner, server.address, server.port, backlog=BACKLOG)


def _soon(close: Callable[[], None]) -> Callable[[web.Application], Awaitable[None]]:
    """Make a signal's receiver of a function: streams end before the server waits for them."""

    async def receive(_: web.Application) -> None:
        close()

    return receive


def _collect_less_often() -> None:
    """Leave out of garbage collection what is there for good, and do the rest more rarely.

    Parsed files are trees without cycles: looking through them again and again took as long as
    parsing them.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)
    gc.enable()


def _web_options(settings: Settings) -> WebOptions:
    return WebOptions(
        prefix=settings.serving.prefix,
        strip_document=settings.serving.strip_document_from_yaml,
        access_log=settings.own.access_log,
        answer_cache_bytes=settings.own.answer_cache,
        version=__version__,
        state=START if settings.watch.enabled and settings.watch.config_state else None,
    )


def _encryption_options(settings: Settings) -> EncryptionOptions:
    return EncryptionOptions(
        decrypts=settings.ring.decrypt_endpoint,
        rate=settings.ring.rate,
        application=settings.serving.default_application_name,
        profile=settings.serving.default_profile,
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop  # noqa: PLC0415 - there is none on Windows

    return uvloop.new_event_loop
