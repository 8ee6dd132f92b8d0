"""Replicas that tell one another over HTTP: signed, each message once, never in a circle."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web

from configserver.errors import ConfigError
from configserver.push import Hint
from configserver.push.delivery.retries import Retries
from configserver.push.doors.http import Poster
from configserver.push.doors.inbox import MAX_SKEW, BadMessage, Inbox, NotAPeer
from configserver.push.doors.messages import Message, encode
from configserver.push.doors.peers import (
    PATH,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    PeerRelay,
    PeerUrl,
    Sender,
    parse_peer,
)
from configserver.push.doors.signatures import peer_signature
from configserver.secret import Secret
from tests.peers.processes import free_port
from tests.push.doors.heard import Heard
from tests.push.doors.waiting import until

SECRET = Secret("canary-shared-by-all")
QUICK = Retries(tries=0, seconds=0, first=0.01, longest=0.05)
NOW = 1_700_000_000
URI = "https://git.example.org/config.git"


def body(number: int = 1, replica: str = "other") -> bytes:
    hint = Hint(origin="github", uris=(URI,))
    return encode(Message(id=f"m{number}", replica=replica, hint=hint))


def inbox(heard: Heard, now: float = NOW) -> Inbox:
    return Inbox(Sender("me", SECRET), heard, now=lambda: now)


def test_a_signed_message_is_acted_on_once() -> None:
    heard = Heard()
    box = inbox(heard)
    for _ in range(3):
        signature = peer_signature(SECRET, body(), timestamp=NOW)
        box.take(body(), timestamp=str(NOW), signature=signature)
    [hint] = heard.hints
    assert (hint.uris, hint.relayed, hint.delivery) == ((URI,), True, "m1")


def test_an_own_message_is_passed_over() -> None:
    heard = Heard()
    own = body(replica="me")
    signature = peer_signature(SECRET, own, timestamp=NOW)
    inbox(heard).take(own, timestamp=str(NOW), signature=signature)
    assert not heard.hints


@pytest.mark.parametrize(
    ("timestamp", "signature", "now"),
    [
        (str(NOW), "", NOW),
        (str(NOW), "v1=", NOW),
        (str(NOW), "v1=" + "0" * 64, NOW),
        (str(NOW), "v1=ü", NOW),
        (str(NOW), peer_signature(Secret("another secret"), body(), timestamp=NOW), NOW),
        (str(NOW), peer_signature(SECRET, body(2), timestamp=NOW), NOW),
        (str(NOW + 1), peer_signature(SECRET, body(), timestamp=NOW), NOW),
        ("", peer_signature(SECRET, body(), timestamp=NOW), NOW),
        ("-1", peer_signature(SECRET, body(), timestamp=-1), NOW),
        ("9" * 5000, peer_signature(SECRET, body(), timestamp=NOW), NOW),
        ("²", peer_signature(SECRET, body(), timestamp=2), NOW),
        (str(NOW), peer_signature(SECRET, body(), timestamp=NOW), NOW + MAX_SKEW + 1),
        (str(NOW), peer_signature(SECRET, body(), timestamp=NOW), NOW - MAX_SKEW - 1),
    ],
)
def test_what_is_not_signed_now_is_refused(timestamp: str, signature: str, now: float) -> None:
    heard = Heard()
    with pytest.raises(NotAPeer) as caught:
        inbox(heard, now).take(body(), timestamp=timestamp, signature=signature)
    assert not heard.hints
    assert SECRET.reveal() not in str(caught.value) + caught.value.hint


def test_a_signed_message_that_is_none_is_refused() -> None:
    with pytest.raises(BadMessage, match="no JSON"):
        inbox(Heard()).take(
            b"{", timestamp=str(NOW), signature=peer_signature(SECRET, b"{", timestamp=NOW)
        )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://b:8888", PeerUrl("http", "b", 8888, False)),
        ("https://b/", PeerUrl("https", "b", None, False)),
        ("dns+http://config:8888", PeerUrl("http", "config", 8888, True)),
        ("http://[::1]:8888", PeerUrl("http", "::1", 8888, False)),
    ],
)
def test_where_peers_are(url: str, expected: PeerUrl) -> None:
    assert parse_peer(url) == expected


@pytest.mark.parametrize("url", ["b:8888", "ftp://b", "http://b/x", "http://u:p@b", "x+http://b"])
def test_where_no_peers_are(url: str) -> None:
    with pytest.raises(ValueError, match="should be an address"):
        parse_peer(url)


class Replica:
    """A replica with its inbox as a real server, which may be down."""

    def __init__(self, name: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self.heard = Heard()
        self.requests = 0
        self.host, self.port = host, port or free_port()
        self.sender = Sender(name, SECRET)
        self._inbox = Inbox(self.sender, self.heard)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def _take(self, request: web.Request) -> web.Response:
        self.requests += 1
        try:
            self._inbox.take(
                await request.read(),
                timestamp=request.headers[TIMESTAMP_HEADER],
                signature=request.headers[SIGNATURE_HEADER],
            )
        except ConfigError as error:
            return web.Response(status=error.status)
        return web.Response(status=204)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        application = web.Application()
        application.router.add_post(PATH, self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            yield
        finally:
            await runner.cleanup()


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(seconds=1.0) as one:
        yield one


async def test_all_hear_of_what_one_heard_and_none_passes_it_on(poster: Poster) -> None:
    """Each has the same list, and is in it itself."""
    replicas = [Replica(name) for name in "abc"]
    async with AsyncExitStack() as stack:
        ways: dict[str, Sequence[PeerRelay]] = {}
        for one in replicas:
            await stack.enter_async_context(one.serving())
        for one in replicas:
            ways[one.sender.replica] = [
                await stack.enter_async_context(
                    PeerRelay(parse_peer(peer.url), one.sender, poster, retries=QUICK)
                )
                for peer in replicas
            ]
        await until(lambda: all(one.heard.looks == 2 for one in replicas))
        hint = Hint(origin="github", uris=(URI,), refs=("refs/heads/main",))
        for relay in ways["a"]:
            relay.relay(hint)
        await until(lambda: all(one.heard.of(URI) for one in replicas[1:]))
        for one in replicas[1:]:
            for relay in ways[one.sender.replica]:
                relay.relay(one.heard.of(URI)[0])
        requests = [one.requests for one in replicas]
        await asyncio.sleep(0.1)
        assert [one.requests for one in replicas] == requests == [4, 4, 4]
    assert not replicas[0].heard.of(URI)
    assert [len(one.heard.of(URI)) for one in replicas[1:]] == [1, 1]
    assert replicas[1].heard.of(URI)[0].refs == ("refs/heads/main",)


async def test_a_peer_that_was_away_hears_of_all_that_it_missed_at_once(poster: Poster) -> None:
    peer = Replica("b")
    relay = PeerRelay(parse_peer(peer.url), Sender("a", SECRET), poster, retries=QUICK)
    async with relay:
        for number in range(200):
            relay.relay(Hint(origin="github", uris=(f"u{number}",)))
            await asyncio.sleep(0)
        await until(lambda: not relay.report().up)
        async with peer.serving():
            await until(lambda: relay.report().up and not relay.report().waiting)
            assert peer.heard.looks == 1
            relay.relay(Hint(origin="github", uris=(URI,)))
            await until(lambda: peer.heard.of(URI))
        relay.relay(Hint(origin="github", uris=("u1",)))
        relay.relay(Hint(origin="github", uris=("u2",)))
        await until(lambda: not relay.report().up)
        async with peer.serving():
            await until(lambda: relay.report().up)
    assert {uri for one in peer.heard.hints[2:] for uri in one.uris} == {"u1", "u2"}


async def test_each_address_of_a_name_is_told_and_those_told_are_not_told_again(
    poster: Poster,
) -> None:
    first = Replica("b", "127.0.0.2")
    second = Replica("c", "127.0.0.3", first.port)

    async def resolve(peer: PeerUrl) -> Sequence[str]:
        assert peer.host == "config"
        return "127.0.0.2", "127.0.0.3"

    peer = parse_peer(f"dns+http://config:{first.port}")
    relay = PeerRelay(peer, Sender("a", SECRET), poster, retries=QUICK, resolve=resolve)
    async with first.serving(), relay:
        await until(lambda: first.heard.looks == 1 and not relay.report().up)
        async with second.serving():
            await until(lambda: relay.report().up)
            relay.relay(Hint(origin="github", uris=(URI,)))
            await until(lambda: first.heard.of(URI) and second.heard.of(URI))
    assert (first.requests, second.requests) == (2, 2)


async def test_a_real_name_is_resolved(poster: Poster) -> None:
    peer = Replica("b")
    url = f"dns+http://localhost:{peer.port}"
    async with (
        peer.serving(),
        PeerRelay(parse_peer(url), Sender("a", SECRET), poster, retries=QUICK),
    ):
        await until(lambda: peer.heard.looks)


async def test_a_peer_with_another_secret_is_reported(
    poster: Poster, caplog: pytest.LogCaptureFixture
) -> None:
    peer = Replica("b")
    other = Sender("a", Secret("canary-of-somebody-else"))
    async with peer.serving(), PeerRelay(parse_peer(peer.url), other, poster) as relay:
        await until(lambda: not relay.report().up)
        assert relay.report().reason == "answers 401"
    assert not peer.heard.hints
    assert "canary" not in repr([record.__dict__ for record in caplog.records])
