"""The whole server, in process, on a repository made with git."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.app import open_service
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.web import MAX_LINE, WebOptions, create_app

Client: TypeAlias = TestClient[Request, Application]
Serve: TypeAlias = Callable[[Mapping[str, str | bytes | Path]], Awaitable[Client]]

_WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"))
}


def git(folder: Path, *arguments: str) -> None:
    """Run git with settings of its own."""
    environment = {**os.environ, **_WHO, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)


def commit(folder: Path, files: Mapping[str, str | bytes | Path]) -> None:
    """Commit files, a Path being a symbolic link; make the repository first if need be."""
    if not folder.exists():
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Return a function that commits files and starts a server on them."""
    async with AsyncExitStack() as stack:

        async def start(files: Mapping[str, str | bytes | Path]) -> Client:
            repository = tmp_path / "repository"
            await asyncio.to_thread(commit, repository, files)
            settings = Settings(git=GitSettings(uri=repository.as_uri()))
            service = await stack.enter_async_context(open_service(settings))
            server = TestServer(create_app(service, options=WebOptions()))
            client: Client = TestClient(server)
            await server.start_server(max_line_size=MAX_LINE, max_field_size=MAX_LINE)
            return await stack.enter_async_context(client)

        yield start
