"""`/watch`: streams and long polls over real HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from configserver.push.watching.history import History
from configserver.web.options import WatchOptions
from tests.web.watched import Watched, next_event, parsed, watched

STREAM = b"GET /watch/foo/dev HTTP/1.%d\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n"


@pytest.fixture
async def site() -> AsyncIterator[Watched]:
    async with watched() as site:
        yield site


async def etag_of(site: Watched, path: str = "/watch/foo/dev") -> str:
    return (await site.get(path)).headers["ETag"]


async def ended(response: ClientResponse) -> bytes:
    """Return what is left of a stream that ends in order."""
    async with asyncio.timeout(30):
        return await response.content.read()


async def test_a_stream_tells_the_state_and_then_each_change(site: Watched) -> None:
    response = await site.stream()
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Server"] == "configserver"
    retry = parsed(await response.content.readuntil(b"\n\n")).retry
    assert 2000 <= int(retry) <= 4000
    state = await next_event(response)
    about = {"application": "foo", "profiles": ["dev"], "label": None}
    etag = state.data["etag"]
    assert state.name == "state"
    assert state.data == {**about, "commit": "c0ffee0", "etag": etag}
    assert state.id == f"c0ffee0:{etag}"
    await site.changing.commit("2")
    change = await next_event(response)
    new = change.data["etag"]
    assert new != etag
    assert change.name == "change"
    assert change.id == f"c0ffee1:{new}"
    assert change.data == {
        **about,
        "commit": "c0ffee1",
        "etag": new,
        "previousCommit": "c0ffee0",
        "keys": ["a", "b"],
    }


async def test_a_stream_and_a_poll_agree_on_the_etag(site: Watched) -> None:
    event = await next_event(await site.stream())
    assert await etag_of(site) == f'"{event.data["etag"]}"'


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/watch/foo/dev,eu/main", ("foo", ["dev", "eu"], "main")),
        ("/watch/foo/dev/feature(_)x", ("foo", ["dev"], "feature/x")),
        ("/watch/team(_)foo/dev", ("team/foo", ["dev"], None)),
        ("/watch/nobody-knows-me/dev", ("nobody-knows-me", ["dev"], None)),
        ("/watch/gr%C3%B6%C3%9Fe/dev/gr%C3%B6%C3%9Fe", ("größe", ["dev"], "größe")),
    ],
)
async def test_what_is_watched(
    site: Watched, path: str, about: tuple[str, list[str], str | None]
) -> None:
    for data in (
        (await next_event(await site.stream(path))).data,
        await (await site.get(path)).json(),
    ):
        assert (data["application"], data["profiles"], data["label"]) == about


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/watch/foo/dev/nowhere", 404, "no such label"),
        ("/watch/remote/dev", 404, "never reached"),
        ("/watch/foo/d%20v", 404, "a profile is empty"),
        ("/watch/foo/dev/a..b", 400, "the label contains '..'"),
        ("/watch/..foo/dev", 400, "the application contains '..'"),
        ("/watch/foo/dev?wait=soon", 400, "no time"),
        ("/watch/foo/dev?wait=-1", 400, "no time"),
        ("/watch/broken/dev", 500, "a colon is missing"),
    ],
)
async def test_errors_come_before_the_stream(
    site: Watched, path: str, status: int, message: str
) -> None:
    for accept in ("application/json", "text/event-stream, application/json;q=0.1"):
        if "wait" in path and accept.startswith("text"):
            continue
        response = await site.get(path, Accept=accept)
        assert response.status == status
        assert message in (await response.json())["message"]
    assert not site.hub.watchers()


@pytest.mark.parametrize(
    ("accept", "answers"),
    [
        ("text/event-stream", "stream"),
        ("text/*", "stream"),
        ("text/event-stream, application/json;q=0.5", "stream"),
        ("application/json, text/event-stream;q=0.5", "poll"),
        ("application/json", "poll"),
        ("*/*", "poll"),
        ("application/vnd.spring-cloud.config-server.v2+json", "environment"),
        ("text/plain", "file"),
        ("application/octet-stream", "file"),
    ],
)
async def test_an_application_of_that_name_is_served(
    site: Watched, accept: str, answers: str
) -> None:
    """Boot's clients ask for the second version of the environment, and get it."""
    response = await site.get("/watch/dev/main", Accept=accept)
    if answers == "file":
        # Three segments are no file; another three that a watcher would have are.
        response = await site.get("/watch/dev/main/t.txt", Accept=accept)
        assert (await response.read()).startswith(b"text ")
        return
    if answers == "stream":
        assert response.headers["Content-Type"] == "text/event-stream"
        return
    body = await response.json()
    assert ("name" in body) == (answers == "environment")
    assert ("etag" in body) == (answers == "poll")


async def test_below_the_prefix() -> None:
    async with watched(prefix="/config") as site:
        assert (await site.get("/config/watch/foo/dev")).status == 200
        assert (await site.get("/watch/foo")).status == 404


async def test_other_methods(site: Watched) -> None:
    response = await site.client.post("/watch/foo/dev")
    assert response.status == 405
    assert "GET" in response.headers["Allow"]


async def test_head_tells_the_headers_and_does_not_wait(site: Watched) -> None:
    etag = await etag_of(site)
    for accept, kind in (("*/*", "application/json"), ("text/event-stream", "text/event-stream")):
        response = await site.client.head(
            "/watch/foo/dev", headers={"Accept": accept, "If-None-Match": etag}
        )
        assert response.status == 200
        assert response.headers["Content-Type"] == kind
        assert response.headers.get("ETag") == (etag if accept == "*/*" else None)
    response = await site.client.head("/watch/foo/dev/nowhere")
    assert response.status == 404


class TestResume:
    """`Last-Event-ID` says all that is needed, at any replica and after a restart."""

    async def test_nothing_happened(self, site: Watched) -> None:
        first = await next_event(await site.stream())
        response = await site.stream(Last_Event_ID=first.id)
        assert parsed(await response.content.readuntil(b"\n\n")).retry
        assert await response.content.readuntil(b"\n\n") == b": \n\n"
        await site.changing.commit("2")
        assert (await next_event(response)).data["previousCommit"] == "c0ffee0"

    async def test_a_change_that_is_remembered(self, site: Watched) -> None:
        response = await site.stream()
        first = await next_event(response)
        for value in "23":
            await site.changing.commit(value, f"k{value}")
            await next_event(response)
        response.close()
        event = await next_event(await site.stream(Last_Event_ID=first.id))
        assert event.name == "change"
        assert (event.data["previousCommit"], event.data["commit"]) == ("c0ffee0", "c0ffee2")
        assert event.data["keys"] == ["k2", "k3"]

    @pytest.mark.parametrize(
        ("id_", "name", "previous"),
        [
            ("c0:beef", "change", "c0"),
            (":beef", "change", None),
            ("c0,c1:be%3Aef", "change", "c0,c1"),
            ("beef", "state", None),
            ("c0:", "state", None),
            ("x" * 5000, "state", None),
        ],
    )
    async def test_an_id_of_another_server(
        self, site: Watched, id_: str, name: str, previous: str | None
    ) -> None:
        """What it names is not known here: everything has to be read again."""
        event = await next_event(await site.stream(Last_Event_ID=id_))
        assert event.name == name
        assert event.data.get("previousCommit") == previous
        assert event.data.get("keys") is None

    async def test_another_commit_of_the_same_content(self, site: Watched) -> None:
        first = await next_event(await site.stream())
        response = await site.stream(Last_Event_ID=f"other:{first.data['etag']}")
        await response.content.readuntil(b"\n\n")
        assert await response.content.readuntil(b"\n\n") == b": \n\n"


class TestPoll:
    """Long poll: the state is compared before waiting."""

    async def test_without_an_etag_the_state_comes_at_once(self, site: Watched) -> None:
        response = await site.get("/watch/foo/dev?wait=30s")
        body = await response.json()
        assert response.headers["ETag"] == f'"{body["etag"]}"'
        assert body["commit"] == "c0ffee0"
        assert "keys" not in body

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '"x",W/{}'])
    async def test_it_waits_while_nothing_changes(self, site: Watched, form: str) -> None:
        etag = await etag_of(site)
        began = asyncio.get_running_loop().time()
        response = await site.get("/watch/foo/dev?wait=150ms", If_None_Match=form.format(etag))
        assert response.status == 304
        assert response.headers["ETag"] == etag
        assert 0.14 <= asyncio.get_running_loop().time() - began < 2
        await site.watchers(0)

    @pytest.mark.parametrize("header", ["wait=0", "respond-async, wait=0", "wait = 0;x=1"])
    async def test_a_preference_says_how_long(self, site: Watched, header: str) -> None:
        etag = await etag_of(site)
        response = await site.get("/watch/foo/dev", If_None_Match=etag, Prefer=header)
        assert response.status == 304

    async def test_another_etag_is_answered_at_once(self, site: Watched) -> None:
        response = await site.get("/watch/foo/dev?wait=30s", If_None_Match='"beef"')
        body = await response.json()
        assert (response.status, body["keys"], body["previousCommit"]) == (200, None, None)

    async def test_the_change_that_it_waits_for(self, site: Watched) -> None:
        etag = await etag_of(site)
        asked = asyncio.create_task(site.get("/watch/foo/dev?wait=30s", If_None_Match=etag))
        await site.watchers(1)
        await site.changing.commit("2")
        response = await asked
        body = await response.json()
        assert response.headers["ETag"] == f'"{body["etag"]}"' != etag
        assert (body["previousCommit"], body["commit"]) == ("c0ffee0", "c0ffee1")
        assert body["keys"] == ["a", "b"]

    async def test_no_change_is_lost_between_two_polls(self, site: Watched) -> None:
        etag = await etag_of(site)
        for value in "23456789":
            polled = asyncio.create_task(site.get("/watch/foo/dev", If_None_Match=etag))
            if int(value) % 2:
                await site.watchers(1)
            await site.changing.commit(value)
            response = await polled
            assert response.status == 200
            etag = response.headers["ETag"]
        assert etag == await etag_of(site)

    async def test_the_connection_is_kept(self, site: Watched) -> None:
        """Also what a client sends while its poll waits is answered, in its turn."""
        reader, writer = await site.connected()
        etag = await etag_of(site)
        writer.write(
            f"GET /watch/foo/dev?wait=0.1 HTTP/1.1\r\nHost: h\r\nIf-None-Match: {etag}\r\n\r\n"
            "GET /foo/dev HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 304 ")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert b'"name":"foo"' in await reader.readuntil(b"]}")
        writer.close()


async def test_who_goes_is_forgotten_at_once(site: Watched) -> None:
    etag = await etag_of(site)
    _, stream = await site.connected()
    stream.write(STREAM % 1)
    _, poll = await site.connected()
    poll.write(f"GET /watch/foo/dev HTTP/1.1\r\nHost: h\r\nIf-None-Match: {etag}\r\n\r\n".encode())
    await site.watchers(2)
    stream.close()
    await site.watchers(1)
    poll.transport.abort()
    await site.watchers(0)
    assert not site.hub.queries()


async def test_http_1_0_gets_no_chunks(site: Watched) -> None:
    """So proxies speak by default; the end of the connection is the end of the stream."""
    reader, writer = await site.connected()
    writer.write(STREAM % 0)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert parsed(await reader.readuntil(b"\n\n")).retry
    assert parsed(await reader.readuntil(b"\n\n")).name == "state"
    await site.changing.commit("2")
    assert parsed(await reader.readuntil(b"\n\n")).name == "change"
    site.hub.close()
    assert await reader.read() == b""
    writer.close()


async def test_heartbeats_keep_a_stream_alive() -> None:
    async with watched(WatchOptions(heartbeat=0.1)) as site:
        response = await site.stream()
        await next_event(response)
        async with asyncio.timeout(30):
            assert await response.content.readuntil(b"\n\n") == b": \n\n"
            assert await response.content.readuntil(b"\n\n") == b": \n\n"


async def test_a_stream_has_an_end_of_life() -> None:
    async with watched(WatchOptions(lifetime=0.1)) as site:
        response = await site.stream()
        await next_event(response)
        assert await ended(response) == b""
        await site.watchers(0)


async def test_all_end_in_order_when_the_server_does(site: Watched) -> None:
    """Streams with their last chunk, polls with an answer; nobody gets in any more."""
    response = await site.stream()
    await next_event(response)
    polled = asyncio.create_task(site.get("/watch/foo/dev", If_None_Match=await etag_of(site)))
    await site.watchers(2)
    site.hub.close()
    assert await ended(response) == b""
    assert (await polled).status == 304
    refused = await site.get("/watch/foo/dev")
    assert refused.status == 503
    assert (await site.get("/foo/dev")).status == 200


@pytest.mark.parametrize(
    ("options", "status"),
    [(WatchOptions(limit=2), 503), (WatchOptions(per_address=2), 429)],
)
async def test_limits_hold_for_watchers_and_for_nobody_else(
    options: WatchOptions, status: int
) -> None:
    async with watched(options) as site:
        streams = [await site.stream() for _ in range(2)]
        refused = await site.get("/watch/foo/dev", Accept="text/event-stream, */*;q=0.1")
        assert refused.status == status
        assert int(refused.headers["Retry-After"]) > 0
        assert "watchers" in (await refused.json())["message"]
        assert (await site.get("/foo/dev")).status == 200
        streams.pop().close()
        await site.watchers(1)
        await site.stream()


class TestSlowReader:
    """Somebody who does not read what is sent."""

    KEYS = tuple(f"key-{number}-{'x' * 80}" for number in range(900))

    async def slow(self, site: Watched) -> Any:
        loop = asyncio.get_running_loop()
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, (site.client.host, site.client.port))
        await loop.sock_sendall(connection, STREAM % 0)
        await site.watchers(1)
        return connection

    async def test_is_told_to_read_again_and_holds_up_nobody(self) -> None:
        async with watched(WatchOptions(buffer=16 * 1024)) as site:
            connection = await self.slow(site)
            quick = await site.stream()
            event = await next_event(quick)
            for number in range(20):
                await site.changing.commit(f"v{number}", *self.KEYS)
                event = await next_event(quick)
                assert len(event.data["keys"]) == 900
            slow = next(iter(site.hub.watchers()))
            assert slow.behind  # type: ignore[attr-defined]
            assert slow.transport.get_write_buffer_size() < 200_000  # type: ignore[attr-defined]
            reader, writer = await asyncio.open_connection(sock=connection, limit=1 << 20)
            await reader.readuntil(b"\r\n\r\n")
            seen = [parsed(await reader.readuntil(b"\n\n"))]
            async with asyncio.timeout(30):
                while seen[-1].name != "reread":
                    seen.append(parsed(await reader.readuntil(b"\n\n")))
            assert len(seen) < 15
            assert seen[-1].id == event.id
            assert seen[-1].data["etag"] == event.data["etag"]
            assert seen[-1].data["keys"] is None
            await site.changing.commit("last", "a")
            assert parsed(await reader.readuntil(b"\n\n")).data["keys"] == ["a"]
            writer.close()

    async def test_is_cut_off_in_the_end(self) -> None:
        async with watched(WatchOptions(buffer=16 * 1024, slow=0.2)) as site:
            connection = await self.slow(site)
            for number in range(10):
                await site.changing.commit(f"v{number}", *self.KEYS)
                await asyncio.sleep(0.01)
            await site.watchers(0)
            connection.close()

    async def test_does_not_hold_up_the_end_of_the_server(self) -> None:
        async with watched(WatchOptions(buffer=16 * 1024)) as site:
            connection = await self.slow(site)
            for number in range(10):
                await site.changing.commit(f"v{number}", *self.KEYS)
                await asyncio.sleep(0.01)
            site.hub.close()
            await site.watchers(0)
            connection.close()


async def test_too_many_keys_are_not_named(site: Watched) -> None:
    response = await site.stream()
    await next_event(response)
    await site.changing.commit("2", *(f"key{number}" for number in range(1001)))
    assert (await next_event(response)).data["keys"] is None


async def test_changes_that_are_forgotten_have_no_keys(site: Watched) -> None:
    response = await site.stream()
    first = await next_event(response)
    await site.changing.commit("2")
    site.hub._history = History()
    event = await next_event(await site.stream(Last_Event_ID=first.id))
    assert event.data["keys"] is None
