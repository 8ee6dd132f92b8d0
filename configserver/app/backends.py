"""From settings to what is served."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from configserver.app.probe import Health, Served
from configserver.backends import Everything, Router
from configserver.backends.git.address import Address
from configserver.backends.git.fetchers import Fetchers
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.lock import acquire, hold
from configserver.backends.git.source import Manner, Means, git_source
from configserver.backends.layouts import Layout, git_layout, native_layout
from configserver.backends.snapshots import SnapshotBackend, SnapshotSource
from configserver.errors import SettingsError
from configserver.formats.cache import DocumentCache
from configserver.settings import Settings
from configserver.web.health import Probe

WORKDIR = "/config-repo"
"""What the names of sources show in place of the original's temporary clone."""

READERS = 16
"""Threads that read and parse what was never asked for before.

More than there are processors, so that a few files that take seconds do not hold up the others.
"""

DISK_THREADS = 8
"""Threads for what is done to mirrors and refs, so that it does not wait for answers."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What is served, and what the health endpoints ask."""

    router: Router
    probe: Probe


@asynccontextmanager
async def opened(settings: Settings, *, alone: bool = False) -> AsyncIterator[Opened]:
    """Open what the settings name until the context ends.

    Args:
        settings: what to open.
        alone: insist on the state directory; without it, one that is in use is left alone and
            mirrors are kept for the moment only.

    Raises:
        SettingsError: a backend without its place, or one that is not supported; or another
            server uses the state directory.
    """
    own = settings.own
    async with AsyncExitStack() as stack:
        means = await _means(settings, stack, alone=alone)
        source, layout = _place(settings, means)
        pool = stack.enter_context(ThreadPoolExecutor(READERS, "reader"))
        backend = SnapshotBackend(
            source,
            layout=layout,
            documents=DocumentCache(own.document_cache),
            pool=pool,
            max_bytes=own.environment_cache,
        )
        async with backend:
            yield Opened(Everything(backend), Health([source]))


async def _means(settings: Settings, stack: AsyncExitStack, *, alone: bool) -> Means:
    """Return what Git sources share; the state directory is held if a mirror may be kept there."""
    own = settings.own
    pool = stack.enter_context(ThreadPoolExecutor(DISK_THREADS, "disk"))
    state_dir, held = own.state_dir, None
    uri = settings.git.uri
    if settings.backend == "git" and uri and Address.parse(uri).path is None:
        held = await asyncio.to_thread(hold if alone else acquire, own.state_dir)
        if held is None:
            state_dir = Path(stack.enter_context(tempfile.TemporaryDirectory("-configserver")))
        else:
            stack.enter_context(held)
    fetchers = await stack.enter_async_context(
        Fetchers(own.fetch_limit, own.fetch_memory, pass_fds=(held.descriptor,) if held else ())
    )
    return Means(state_dir, fetchers, pool)


class _Source(SnapshotSource, Served, Protocol):
    """What is served, and what the health endpoints ask."""


def _place(settings: Settings, means: Means) -> tuple[_Source, Layout]:
    return _native(settings) if settings.backend == "native" else _git(settings, means)


def _git(settings: Settings, means: Means) -> tuple[_Source, Layout]:
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
        [address],
        means,
        Manner(
            freshness=Freshness(git.refresh_rate, timeout=git.timeout),
            default_label=settings.default_label,
            try_master=git.try_master_branch,
            clone_timeout=settings.own.clone_timeout,
            prune=git.delete_untracked_branches,
        ),
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
