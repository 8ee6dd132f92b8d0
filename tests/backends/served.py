"""Recorded repositories behind routers that are made by hand, answered over HTTP."""

from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from configserver.backends import Router
from configserver.backends.answers import Memory
from configserver.backends.folders import root_of
from configserver.backends.git.commits import Commits
from configserver.backends.git.local import LocalSource
from configserver.backends.layouts import Layout, git_layout, native_layout
from configserver.backends.native import NativeSource
from configserver.backends.snapshots import SnapshotBackend
from configserver.backends.sources import SnapshotSource
from configserver.formats.cache import DocumentCache
from configserver.service import ConfigService
from configserver.web import MAX_LINE, WebOptions, create_app


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens backends below `root`, until the end of a test."""

    root: Path
    stack: AsyncExitStack
    documents: DocumentCache
    pool: Executor

    async def git(
        self, name: str, *, search_paths: tuple[str, ...] = (), default_label: str = "main"
    ) -> SnapshotBackend:
        """Open a repository in place."""
        where = str(self.root / name)
        layout = git_layout(
            f"file://{where}", where, search_paths=search_paths, default_label=default_label
        )
        source = LocalSource(where, Commits(default_label, try_master=True))
        return await self.stack.enter_async_context(self.backend(source, layout))

    async def native(self, name: str) -> SnapshotBackend:
        """Open a plain folder."""
        location = f"file:{self.root / name}/"
        source = NativeSource([root_of(location, "/")])
        backend = self.backend(source, native_layout([location]))
        return await self.stack.enter_async_context(backend)

    def backend(self, source: SnapshotSource, layout: Layout) -> SnapshotBackend:
        return SnapshotBackend(
            source, layout=layout, documents=self.documents, pool=self.pool, memory=Memory(1 << 20)
        )


@asynccontextmanager
async def opener(root: Path) -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(4, "reader"))
        yield Opener(root, stack, DocumentCache(1 << 20), pool)


@asynccontextmanager
async def serving(router: Router, host: str, port: int) -> AsyncIterator[None]:
    """Answer what a router's backends say."""
    service = ConfigService(router, overrides={})
    app = create_app(service, options=WebOptions())
    runner = web.AppRunner(app, max_line_size=MAX_LINE, max_field_size=MAX_LINE)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
