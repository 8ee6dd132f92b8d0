"""How many files ours parses for answers: counted in this process, without HTTP."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.workload import change
from configserver.backends.answers import Memory
from configserver.backends.git.commits import Commits
from configserver.backends.git.local import LocalSource
from configserver.backends.layouts import git_layout
from configserver.backends.snapshots import SnapshotBackend
from configserver.formats.cache import DocumentCache
from configserver.query import Query

_APPLICATIONS = 50
_BYTES = 64 << 20


def parsed(repository: Path) -> tuple[int, int]:
    """Ask for fifty applications, commit a change of one file, ask again.

    Returns the number of files parsed for the first and for the second round.
    """
    return asyncio.run(_parsed(repository))


async def _parsed(repository: Path) -> tuple[int, int]:
    documents = DocumentCache(_BYTES)
    with ThreadPoolExecutor(1) as pool:
        backend = SnapshotBackend(
            LocalSource(str(repository), Commits("main", try_master=True)),
            layout=git_layout(f"file://{repository}", str(repository)),
            documents=documents,
            pool=pool,
            memory=Memory(_BYTES),
        )
        async with backend:
            await _ask(backend)
            first = documents.parsed
            change(repository, -1)
            await backend.sync()
            await _ask(backend)
            return first, documents.parsed - first


async def _ask(backend: SnapshotBackend) -> None:
    for number in range(_APPLICATIONS):
        await backend.find(Query(f"app{number}", "dev", None))
