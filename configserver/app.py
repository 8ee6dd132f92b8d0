"""The composition root: the only place that knows which pieces make a server."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from aiohttp import web

from configserver import __version__
from configserver.backends import Everything
from configserver.backends.git.address import Address
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.source import git_source
from configserver.backends.layouts import Layout, git_layout, native_layout
from configserver.backends.snapshots import SnapshotBackend, SnapshotSource
from configserver.errors import SettingsError
from configserver.formats.cache import DocumentCache
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.web.application import MAX_LINE, create_app
from configserver.web.health import Probe
from configserver.web.options import WebOptions

READERS = 16
"""Threads that read and parse what was never asked for before.

More than there are processors, so that a few files that take seconds do not hold up the others.
"""

WORKDIR = "/config-repo"
"""What the names of sources show in place of the original's temporary clone."""

GARBAGE = 50_000
"""Objects that may come to be before the collector looks at them."""

SHUTDOWN_SECONDS = 10
"""How long requests under way may take when the server ends."""


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[ConfigService]:
    """Open what the settings name and serve it until the context ends.

    Raises:
        SettingsError: a backend without its place, or one that is not supported.
    """
    async with _opened(*_place(settings), settings) as service:
        yield service


@asynccontextmanager
async def _opened(
    source: SnapshotSource, layout: Layout, settings: Settings
) -> AsyncIterator[ConfigService]:
    own, serving = settings.own, settings.serving
    with ThreadPoolExecutor(READERS, "reader") as pool:
        backend = SnapshotBackend(
            source,
            layout=layout,
            documents=DocumentCache(own.document_cache),
            pool=pool,
            max_bytes=own.environment_cache,
        )
        async with backend:
            yield ConfigService(
                Everything(backend),
                overrides=serving.overrides,
                accept_empty=serving.accept_empty,
                decrypts=settings.ciphers.enabled,
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
    source, layout = _place(settings)
    async with _opened(source, layout, settings) as service:
        application = create_app(service, options=_web_options(settings), probe=source)
        runner = web.AppRunner(
            application,
            access_log=None,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.server.address, settings.server.port)
            await site.start()
            _collect_less_often()
            if started is not None:
                started(runner.addresses[0][1])
            await ended.wait()
        finally:
            await runner.cleanup()


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
    )


class _Source(SnapshotSource, Probe, Protocol):
    """What is served, and what the health endpoints ask."""


def _place(settings: Settings) -> tuple[_Source, Layout]:
    return _native(settings) if settings.backend == "native" else _git(settings)


def _git(settings: Settings) -> tuple[_Source, Layout]:
    git = settings.git
    if not git.uri:
        raise SettingsError(
            "spring.cloud.config.server.git.uri is not set",
            hint="set it, or use --git-uri",
        )
    if "{" in git.uri:
        raise SettingsError(
            "spring.cloud.config.server.git.uri: placeholders are not supported yet",
            hint="name one repository",
        )
    address = Address.parse(git.uri)
    source = git_source(
        address,
        state_dir=settings.own.state_dir,
        freshness=Freshness(git.refresh_rate, timeout=git.timeout),
        default_label=settings.default_label,
        try_master=git.try_master_branch,
        clone_timeout=settings.own.clone_timeout,
        prune=git.delete_untracked_branches,
    )
    layout = git_layout(
        address.shown,
        WORKDIR if address.path is None else str(Path(address.path).absolute()),
        search_paths=git.search_paths,
        default_label=settings.default_label,
        reverse_files=settings.serving.reverse_location_order,
        skip_failing=git.continue_on_multiple_label_failure,
    )
    return source, layout


def _native(settings: Settings) -> tuple[_Source, Layout]:
    # The watcher costs a tenth of a second at the start, and Git does without.
    from configserver.backends.folders import root_of  # noqa: PLC0415
    from configserver.backends.native import NativeSource  # noqa: PLC0415

    locations = [_absolute(text) for text in settings.native.search_locations]
    roots = [root_of(location, "/") for location in locations]
    layout = native_layout(
        locations,
        default_label=settings.default_label,
        add_label_locations=settings.native.add_label_locations,
        version=settings.native.version,
        reverse_files=settings.serving.reverse_location_order,
    )
    return NativeSource(roots), layout


def _absolute(location: str) -> str:
    """Write a search location as an absolute `file:` URI that ends with a slash.

    Raises:
        SettingsError: it is no place of the file system.
    """
    text = location.strip().removeprefix("optional:")
    scheme, colon, rest = text.partition(":")
    if colon and scheme != "file":
        raise SettingsError(
            f"spring.cloud.config.server.native.search-locations: '{scheme}:' is not supported",
            hint="name folders, such as file:/srv/config/",
        )
    path = rest if colon else text
    path = "/" + path.lstrip("/") if path.startswith("//") else str(Path(path).absolute())
    return f"file:{path.rstrip('/')}/"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop  # noqa: PLC0415 - there is none on Windows

    return uvloop.new_event_loop
