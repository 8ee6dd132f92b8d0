"""From settings to what is served."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from configserver.app.git import GitRouters, Shared
from configserver.app.health import Health, Served
from configserver.app.keys.sops import open_sops
from configserver.backends import Everything, Router
from configserver.backends.answers import Memory
from configserver.backends.bell import Bell
from configserver.backends.composite import CompositeRouter, Member
from configserver.backends.git.address import Address
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.lock import StateLock, acquire, hold
from configserver.backends.git.source import Means
from configserver.backends.registry import Registry
from configserver.backends.snapshots import SnapshotBackend
from configserver.backends.sources import Refreshable, SnapshotSource
from configserver.formats.cache import DocumentCache
from configserver.secret import mask_uris
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings


class Folders(SnapshotSource, Refreshable, Served, Protocol):
    """A source of plain folders."""


READERS = 16
"""Threads that read and parse what was never asked for before.

More than there are processors, so that a few files that take seconds do not hold up the others.
"""

DISK = 4
"""Threads that open mirrors and look at refs."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What is served, and its health.

    Attributes:
        bell: rung when something new is served.
        fixed: the sources that are there until the end.
        registry: those that come and go.
        state_dir: where something may be kept; None if nowhere.
        has_remotes: whether a state directory is needed at all.
    """

    router: Router
    health: Health
    bell: Bell
    fixed: Sequence[Refreshable]
    registry: Registry
    state_dir: Path | None
    has_remotes: bool


@asynccontextmanager
async def opened(settings: Settings, *, alone: bool) -> AsyncIterator[Opened]:
    """Open what the settings name until the context ends.

    Args:
        settings: what to open.
        alone: hold the state directory; else, if another process holds it, use a temporary one.

    Raises:
        SettingsError: a backend without its place, or another server holds the state directory.
        Unavailable: a repository that has to be cloned before the start cannot be.
    """
    async with AsyncExitStack() as stack:
        means, shared, kept = await _means(settings, stack, alone=alone)
        health = Health()
        repositories = GitRouters(settings, means, shared=shared, health=health)
        folders: list[SnapshotBackend] = []
        fixed: list[Refreshable] = []
        members = []
        for member, owner in _members(settings):
            if isinstance(member, GitSettings):
                name, router = mask_uris(member.uri or ""), repositories.router(member, owner)
                members.append(Member(name, router))
            else:
                source, backend = _native(settings, member, shared, means.bell)
                health.main.append(source)
                fixed.append(source)
                folders.append(backend)
                members.append(Member("native", Everything(backend)))
        await repositories.named.find_leftovers()
        await stack.enter_async_context(repositories.named.registry)
        await _enter(stack, [*repositories.backends, *folders])
        serving = settings.serving
        composite = CompositeRouter(
            members,
            fail_on_error=serving.fail_on_composite_error,
            reverse_files=serving.reverse_location_order,
        )
        yield Opened(
            composite,
            health,
            bell=means.bell,
            fixed=(*repositories.sources, *fixed),
            registry=repositories.named.registry,
            state_dir=kept,
            has_remotes=_has_any_remote(settings),
        )


async def _means(
    settings: Settings, stack: AsyncExitStack, *, alone: bool
) -> tuple[Means, Shared, Path | None]:
    """Open what all backends share; with the state directory, if it is held."""
    own = settings.own
    lock, state_dir = await _state(settings, stack, alone=alone)
    inherited = [lock.descriptor] if lock else []
    fetchers = await stack.enter_async_context(
        Fetchers(own.fetch_limit, own.fetch_memory, pass_fds=inherited)
    )
    readers = stack.enter_context(ThreadPoolExecutor(READERS, "reader"))
    disk = stack.enter_context(ThreadPoolExecutor(DISK, "disk"))
    opener = await stack.enter_async_context(open_sops(settings.sops))
    documents = DocumentCache(own.document_cache, opener=opener)
    shared = Shared(documents, Memory(own.environment_cache), pool=readers)
    return Means(state_dir, fetchers, disk), shared, state_dir if lock else None


def _native(
    settings: Settings, native: NativeSettings, shared: Shared, bell: Bell
) -> tuple[Folders, SnapshotBackend]:
    # The watcher costs a tenth of a second at the start, and Git does without.
    from configserver.app.native import native_place  # noqa: PLC0415

    source, layout = native_place(settings, native, bell)
    return source, shared.backend(source, layout)


def _members(settings: Settings) -> list[tuple[GitSettings | NativeSettings, str]]:
    """Return the active backends in order, each with its place in the settings."""
    base = "spring.cloud.config.server"
    listed = {id(one): f"{base}.composite[{n}]" for n, one in enumerate(settings.composite)}
    return [(one, listed.get(id(one), f"{base}.{one.type}")) for one in settings.members]


async def _enter(stack: AsyncExitStack, backends: Sequence[SnapshotBackend]) -> None:
    """Open all at the same time; what was opened is closed if another one cannot be."""
    opened = await asyncio.gather(
        *(backend.__aenter__() for backend in backends), return_exceptions=True
    )
    for backend, found in zip(backends, opened, strict=True):
        if not isinstance(found, BaseException):
            stack.push_async_exit(backend)
    for found in opened:
        if isinstance(found, BaseException):
            raise found


async def _state(
    settings: Settings, stack: AsyncExitStack, *, alone: bool
) -> tuple[StateLock | None, Path]:
    """Return the state directory and its lock; without remotes nothing is kept there."""
    state_dir = settings.own.state_dir.expanduser()
    if not _has_any_remote(settings):
        return None, state_dir
    lock = await asyncio.to_thread(hold if alone else acquire, state_dir)
    if lock is None:
        return None, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="configserver-")))
    return stack.enter_context(lock), state_dir


def templates(settings: Settings) -> tuple[str, ...]:
    """Return the masked URIs with placeholders, of repositories that are opened when asked for."""
    members = [member for member, _ in _members(settings) if isinstance(member, GitSettings)]
    uris = [uri for one in members for uri in (one.uri, *(nested.uri for nested in one.nested))]
    return tuple(mask_uris(uri) for uri in uris if uri and "{" in uri)


def _has_any_remote(settings: Settings) -> bool:
    return any(_has_remotes(member) for member, _ in _members(settings))


def _has_remotes(member: GitSettings | NativeSettings) -> bool:
    if isinstance(member, NativeSettings):
        return False
    uris = [member.uri, *(nested.uri for nested in member.nested)]
    return any(uri and Address.parse(uri).path is None for uri in uris)
