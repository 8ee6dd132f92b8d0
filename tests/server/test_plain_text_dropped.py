"""Plain text of ciphers goes from memory with the state of the repository that it was served of."""

import asyncio
import gc
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request

from configserver.app import open_service
from configserver.web import WebOptions, create_app
from tests.server.conftest import commit
from tests.server.test_encryption import KEY, ask, cipher_of, settings_of

Client: TypeAlias = TestClient[Request, Application]
SPRING = "spring.cloud.config.server"


def settings_for(kind: str, root: Path) -> Mapping[str, object]:
    one, two = (root / "one").as_uri(), (root / "two").as_uri()
    match kind:
        case "native":
            locations = f"file:{root / 'one'}"
            active = {"spring.profiles.active": "native"}
            return active | {f"{SPRING}.native.search-locations": locations}
        case "composite":
            places = {f"{SPRING}.composite[0].uri": one, f"{SPRING}.composite[1].uri": two}
            kinds = {f"{SPRING}.composite[{n}].type": "git" for n in (0, 1)}
            return {"spring.profiles.active": "composite", **places, **kinds}
        case "fall-through":
            nested = {
                f"{SPRING}.git.repos.two.uri": f"{two}-not-there",
                f"{SPRING}.git.repos.two.pattern": "foo",
            }
            through = {"configserver.git.fall-through": "true"}
            return {f"{SPRING}.git.uri": one, **nested, **through}
    return {f"{SPRING}.git.uri": one}


@pytest.mark.parametrize("kind", ["git", "native", "composite", "fall-through"])
async def test_nothing_holds_a_secret_that_is_no_longer_served(
    tmp_path: Path, aiohttp_client: Callable[..., Awaitable[Client]], kind: str
) -> None:
    """After one request to the newer commit, which does not even ask for the same.

    Falling through, each query has a backend of its own: one that was asked before is asked again.
    """
    backwards = secrets.token_hex(16)
    files = {
        "foo.yml": f"a: '{cipher_of(backwards[::-1])}'\nb: ${{a}}\n",
        "t.txt": "${a}",
        "c.yml": f"c: '{cipher_of(backwards[::-1])}'\n",
    }
    await asyncio.to_thread(commit, tmp_path / "one", files)
    await asyncio.to_thread(commit, tmp_path / "two", {"two.yml": "x: 1\n"})
    plain_text = {f"{SPRING}.encrypt.plain-text-encrypt": "true", "encrypt.key": KEY}
    settings = settings_of({**settings_for(kind, tmp_path), **plain_text})
    paths = ["/foo/dev", "/foo-dev.yml", "/foo-dev.json", "/foo/dev/main/t.txt"]
    if kind != "fall-through":
        paths += ["/foo/dev/main/c.yml"]
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(settings))
        client = await aiohttp_client(create_app(service, options=WebOptions()))
        await _settle(client, "/foo/dev")
        for path in paths * 2:
            assert backwards[::-1] in await _get(client, path), path
        assert _holders(backwards)
        news = {"foo.yml": "a: 2\n", "c.yml": "c: 3\n"}
        await asyncio.to_thread(commit, tmp_path / "one", news)
        other = "/foo/dev" if kind == "fall-through" else "/foo/default"
        await _settle(client, other, '"a":2')
        assert _holders(backwards) == []


async def _settle(client: Client, path: str, wanted: str = "") -> None:
    """Ask until the answer has what is wanted: folders are watched a moment later."""
    for _ in range(200):
        if wanted and wanted in await _get(client, path):
            return
        await asyncio.sleep(0.02)
        if not wanted:
            return
    pytest.fail("the news never came")


async def _get(client: Client, path: str) -> str:
    status, text = await asyncio.to_thread(ask, str(client.make_url(path)))
    assert status == 200, text
    return text


def _holders(backwards: str) -> list[str]:
    """Return the types of what refers to a text or bytes with the secret in it."""
    gc.collect()
    secret = backwards[::-1]
    needle = secret.encode()
    return [
        type(one).__name__
        for one in gc.get_objects()
        if any(_has(text, secret, needle) for text in gc.get_referents(one))
    ]


def _has(text: object, secret: str, needle: bytes) -> bool:
    if isinstance(text, str):
        return secret in text and text is not secret
    return isinstance(text, (bytes, bytearray)) and needle in text and text is not needle
