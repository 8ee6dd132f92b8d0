"""`configserver watch` as somebody sees it who sits before a terminal."""

import asyncio
import gc
import http.client
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from urllib3.exceptions import ProtocolError, SSLError

from configserver.cli.unreached import advice, said
from configserver.cli.watch import watch
from configserver.web.options import WatchOptions
from tests.cli.terminal import Seen, in_terminal
from tests.web.watched import Watched, watched

INTERRUPT = "\x03"


@pytest.fixture
async def site() -> AsyncIterator[Watched]:
    async with watched(WatchOptions(retry=0.1)) as site:
        yield site


async def seen(site: Watched, *keys: str, home: Path, value: str = "2", **environ: str) -> Seen:
    """Watch until a commit, which changes some keys, was shown."""
    await site.watchers(0)
    words = ["watch", "foo", "dev", "--url", f"http://{site.client.host}:{site.client.port}"]
    words += [] if keys else ["--values"]
    settings = {"HOME": str(home), "TERM": "xterm", **environ}
    shown = keys[-1][:3] if keys else " a: "
    watching = asyncio.create_task(
        asyncio.to_thread(in_terminal, words, {shown: INTERRUPT}, cwd=home, environ=settings)
    )
    await site.watchers(1)
    if not keys:
        await asyncio.sleep(1)  # for the values before
    await site.changing.commit(value, *keys)
    return await watching


async def test_colours_unless_they_are_unwanted(site: Watched, tmp_path: Path) -> None:
    code, text = await seen(site, "page.size", home=tmp_path, NO_COLOR="")
    assert (code, "\x1b[36mpage.size\x1b[0m" in text) == (0, True)
    code, text = await seen(site, "page.size", home=tmp_path, value="3", NO_COLOR="1")
    assert (code, "  page.size\n" in text, "\x1b" in text) == (0, True, False)


async def test_nothing_that_was_committed_drives_the_terminal(
    site: Watched, tmp_path: Path
) -> None:
    """Neither a key nor a value may colour, ring, begin a line, or write from right to left."""
    text = (await seen(site, "key\x1b[2J\n", home=tmp_path, NO_COLOR="1")).text
    assert "  key\\x1b[2J\\n\n" in text
    value = "\x1b]0;title\x07\u202e\r"
    text = (await seen(site, home=tmp_path, value=value, NO_COLOR="1")).text
    assert r"a: 2 → \x1b]0;title\x07\u202e\r" in text


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: X] certificate verify failed: expired (_ssl.c)")
    error.verify_message = "expired"
    return error


@pytest.mark.parametrize(
    ("error", "expected", "hint"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", "--url"),
        (
            ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer")),
            "reset by peer",
            "--url",
        ),
        (
            ProtocolError("Connection broken: …", http.client.IncompleteRead(b"")),
            "it ended in the middle",
            "--url",
        ),
        (SSLError(untrusted()), "its certificate is not trusted: expired", "SSL_CERT_FILE"),
        (ProtocolError(), "ProtocolError", "--url"),
    ],
)
def test_what_is_said_of_a_server_that_cannot_be_reached(
    error: Exception, expected: str, hint: str
) -> None:
    """Nothing of the library's objects."""
    assert said(error) == expected
    assert hint in advice(error)


def test_garbage_is_collected() -> None:
    """The program looks for none while it starts; each try to connect again leaves some."""
    gc.disable()
    try:
        assert CliRunner().invoke(watch, ["foo", "--url", "http://127.0.0.1:1"]).exit_code == 1
        assert gc.isenabled()
    finally:
        gc.enable()


async def test_a_redirect_is_told_and_not_followed() -> None:
    """Credentials are for the server that was named."""

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        where = b"https://config.example.com/watch/foo/default"
        writer.write(b"HTTP/1.1 301 Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % where)
        writer.close()

    async with await asyncio.start_server(redirect, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        done = await asyncio.to_thread(CliRunner().invoke, watch, ["foo", "--url", url])
    assert done.exit_code == 1
    assert "error 301: the server redirects to https://config.example.com/" in done.output
    assert "hint: give that server as --url" in done.output
