"""`configserver watch` against a running server."""

import asyncio
import base64
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from configserver.cli.differences import MASK, Difference, differences, values_of
from configserver.web.options import WatchOptions
from tests.web.watched import Watched, watched

CLEAN = ("SPRING_CLOUD_CONFIG_", "NETRC", "http_proxy", "HTTP_PROXY", "HOME")


class Command:
    """A `configserver watch` that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            return (await self._process.stdout.readline()).decode().rstrip("\n")

    async def said(self) -> str:
        assert self._process.stderr is not None
        async with asyncio.timeout(20):
            return (await self._process.stderr.readline()).decode()

    async def interrupt(self) -> tuple[int, str]:
        self._process.send_signal(signal.SIGINT)
        return await self.end()

    async def end(self) -> tuple[int, str]:
        async with asyncio.timeout(20):
            _, stderr = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, stderr.decode()


@asynccontextmanager
async def command(
    *words: str, home: Path, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Command]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(CLEAN)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "configserver", "watch", *words),
        env={**kept, "HOME": str(home), **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Command(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
async def site() -> AsyncIterator[Watched]:
    async with watched(WatchOptions(retry=0.1)) as site:
        yield site


def url(site: Watched) -> str:
    return f"http://{site.client.host}:{site.client.port}"


async def test_changes_as_they_come(site: Watched, tmp_path: Path) -> None:
    """Keys and commits, and nothing of a value; Ctrl-C ends it well."""
    async with command("foo", "dev", "--url", url(site), home=tmp_path) as watch:
        moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
        assert re.fullmatch(f"{moment} watching foo/dev at c0ffee0", await watch.line())
        await site.changing.commit("hidden", "a", "b")
        assert re.fullmatch(f"{moment} c0ffee0 → c0ffee1 2 keys", await watch.line())
        assert [await watch.line() for _ in range(2)] == ["  a", "  b"]
        assert await watch.interrupt() == (0, "")


async def test_json(site: Watched, tmp_path: Path) -> None:
    words = ("foo", "dev", "--label", "main", "--json", "--url", f"{url(site)}/")
    async with command(*words, home=tmp_path) as watch:
        state = json.loads(await watch.line())
        assert (state["event"], state["label"], state["commit"]) == ("state", "main", "c0ffee0")
        await site.changing.commit("2", "a")
        change = json.loads(await watch.line())
        assert change.pop("time").endswith("Z")
        assert change.pop("etag") != state["etag"]
        assert change == {
            "event": "change",
            "application": "foo",
            "profiles": ["dev"],
            "label": "main",
            "commit": "c0ffee1",
            "previousCommit": "c0ffee0",
            "keys": ["a"],
        }
        assert (await watch.interrupt())[0] == 0


async def test_values(site: Watched, tmp_path: Path) -> None:
    async with command("foo", "dev", "--values", "--url", url(site), home=tmp_path) as watch:
        await watch.line()
        await site.changing.commit("2")
        assert (await watch.line()).endswith("c0ffee0 → c0ffee1 1 key")
        assert await watch.line() == "  ~ a: 1 → 2"
        await site.changing.commit("AKIA" + "A" * 16)
        await watch.line()
        assert await watch.line() == f"  ~ a: {MASK} → {MASK}"
        assert (await watch.interrupt())[0] == 0


async def test_it_connects_again_and_misses_nothing(site: Watched, tmp_path: Path) -> None:
    async with command("foo", "dev", "--url", url(site), home=tmp_path) as watch:
        await watch.line()
        (wire,) = site.hub.watchers()
        wire.transport.abort()  # type: ignore[attr-defined]
        await site.watchers(0)
        await site.changing.commit("2")
        assert "connecting again" in await watch.said()
        assert (await watch.line()).endswith("c0ffee0 → c0ffee1 2 keys")
        assert [await watch.line() for _ in range(2)] == ["  a", "  b"]
        (wire,) = site.hub.watchers()
        wire.end()
        assert "the server ended the stream; connecting again" in await watch.said()
        await site.watchers(1)
        await site.changing.commit("3", "a")
        assert (await watch.line()).endswith("c0ffee1 → c0ffee2 1 key")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("foo", "dev", "--label", "nowhere"), 1, "error 404: no such label"),
        (("foo", "d v"), 2, "a profile is empty"),
        (("foo", "dev", "--url", "http://127.0.0.1:1"), 1, "refused"),
        (("foo", "dev", "--url", "http://user:geheim@127.0.0.1:1"), 2, "~/.netrc"),
        (("foo", "dev", "--url", "ftp://x"), 2, "the URL is none"),
        (("foo", "dev", "--url", "localhost:8888"), 2, "error: the URL is none"),
        (("foo", "dev", "--url", "http://localhost:99999"), 2, "the URL is none"),
        (("foo", "dev", "--url", "http://localhost:8888/?a=b"), 2, "the URL is none"),
    ],
)
async def test_what_cannot_be_watched(
    site: Watched, tmp_path: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    words = words if "--url" in words else (*words, "--url", url(site))
    async with command(*words, home=tmp_path) as watch:
        found, said = await watch.end()
    assert found == code, said
    assert message in said
    assert "geheim" not in said
    assert "Traceback" not in said


async def test_a_server_that_lets_nobody_watch(tmp_path: Path) -> None:
    """It takes `watch` for an application."""
    async with watched(WatchOptions(limit=1)) as site:
        await site.stream()
        async with command("foo", "dev", "--url", url(site), home=tmp_path) as watch:
            code, said = await watch.end()
            assert (code, "error 503: there are 1 watchers" in said) == (1, True)
        words = ("foo", "main", "--url", f"{url(site)}/nothing/here")
        async with command(*words, home=tmp_path) as watch:
            code, said = await watch.end()
            assert code == 1
            assert "hint: " in said


@pytest.mark.parametrize(
    ("environ", "netrc", "expected"),
    [
        ({}, "", None),
        ({}, "machine 127.0.0.1 login me password secret\n", "me:secret"),
        ({"SPRING_CLOUD_CONFIG_PASSWORD": "p"}, "", "user:p"),
        (
            {"SPRING_CLOUD_CONFIG_USERNAME": "u", "SPRING_CLOUD_CONFIG_PASSWORD": "p"},
            "machine 127.0.0.1 login me password secret\n",
            "u:p",
        ),
        ({"SPRING_CLOUD_CONFIG_HEADERS_AUTHORIZATION": "Bearer x"}, "", "Bearer x"),
    ],
)
async def test_credentials(
    tmp_path: Path, environ: dict[str, str], netrc: str, expected: str | None
) -> None:
    heads: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    file = tmp_path / ".netrc"
    file.write_text(netrc)
    file.chmod(0o600)
    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        words = ("foo", "dev", "--url", f"http://127.0.0.1:{port}")
        async with command(*words, home=tmp_path, environ=environ) as watch:
            code, said = await watch.end()
    assert (code, "error 401" in said, "SPRING_CLOUD_CONFIG_PASSWORD" in said) == (1, True, True)
    found = re.search(rb"(?i)^authorization: (.*?)\r", heads[0], re.MULTILINE)
    if expected is None:
        assert found is None
        return
    assert found is not None
    basic = f"Basic {base64.b64encode(expected.encode()).decode()}"
    assert found[1].decode() == (expected if " " in expected else basic)


def test_values_that_win() -> None:
    first = {"name": "f", "source": {"a": 1, "l[0]": "x"}}
    second = {"name": "s", "source": {"a": 2, "b": True, "l[0]": "y", "l[1]": "z"}}
    found = values_of({"propertySources": [first, second]})
    assert found == {"a": 1, "b": True, "l[0]": "x"}
    assert values_of({}) == {}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Difference("a", "1", "2")]),
        ({"a": True}, {}, [Difference("a", "true", None)]),
        ({}, {"b": "x", "a": ""}, [Difference("a", None, ""), Difference("b", None, "x")]),
        ({"db.password": "old"}, {"db.password": "new"}, [Difference("db.password", MASK, MASK)]),
        ({"x": "{cipher}00"}, {"x": "plain"}, [Difference("x", MASK, MASK)]),
        ({"api-key": "k"}, {}, [Difference("api-key", MASK, None)]),
        ({}, {"u": "http://me:pass@h/"}, [Difference("u", None, MASK)]),
    ],
)
def test_differences(
    old: dict[str, object], new: dict[str, object], expected: list[Difference]
) -> None:
    assert list(differences(old, new)) == expected
