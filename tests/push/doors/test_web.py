"""The addresses of doors on a whole web front: hints of replicas, and who asks."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from time import time

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from configserver.backends import Everything
from configserver.push import Hint
from configserver.push.doors.inbox import Inbox
from configserver.push.doors.messages import Message, encode
from configserver.push.doors.peers import PATH, SIGNATURE_HEADER, TIMESTAMP_HEADER, Sender
from configserver.push.doors.signatures import peer_signature
from configserver.query import Query
from configserver.secret import Secret
from configserver.service import ConfigService
from configserver.web import WebOptions, create_app
from configserver.web.push.callers import Visits
from configserver.web.push.replicas import replicas_extension
from tests.push.doors.heard import Heard
from tests.web.conftest import Memory

SECRET = Secret("canary-shared-by-all")
BODY = encode(Message(id="m1", replica="b", hint=Hint(origin="github", uris=("u",))))

Asked = list[tuple[Query, str | None]]


@asynccontextmanager
async def front(heard: Heard, asked: Asked, prefix: str = "") -> AsyncIterator[str]:
    extension = replicas_extension(Inbox(Sender("a", SECRET), heard))
    service = ConfigService(Everything(Memory()), overrides={})
    options = WebOptions(prefix=prefix)
    application = create_app(service, options=options, extensions=[extension])

    def ask(query: Query, remote: str | None, headers: Mapping[str, str]) -> None:
        assert "Host" in headers
        asked.append((query, remote))

    visits = Visits(ask, prefix=prefix, extensions=extension.routes)
    application.on_response_prepare.append(visits.prepared)
    async with TestServer(application) as server:
        yield f"http://{server.host}:{server.port}"


def signed(body: bytes = BODY, secret: Secret = SECRET) -> dict[str, str]:
    now = int(time())
    signature = peer_signature(secret, body, timestamp=now)
    return {TIMESTAMP_HEADER: str(now), SIGNATURE_HEADER: signature}


@pytest.mark.parametrize(
    ("headers", "body", "status", "hints"),
    [
        (signed, BODY, 204, 1),
        (dict, BODY, 401, 0),
        (lambda: signed(secret=Secret("another")), BODY, 401, 0),
        (signed, BODY + b" ", 401, 0),
        (lambda: signed(b"{}"), b"{}", 400, 0),
        (lambda: signed(b"x" * 2_000_000), b"x" * 2_000_000, 413, 0),
    ],
    ids=["signed", "bare", "another secret", "another body", "no hint", "too long"],
)
async def test_what_a_hint_is_answered_with(
    headers: Callable[[], dict[str, str]], body: bytes, status: int, hints: int
) -> None:
    heard = Heard()
    async with (
        front(heard, [], prefix="/config") as url,
        ClientSession() as session,
        session.post(f"{url}{PATH}", data=BytesIO(body), headers=headers()) as answer,
    ):
        assert answer.status == status
        assert SECRET.reveal() not in await answer.text()
    assert len(heard.hints) == hints


@pytest.mark.parametrize(
    ("method", "target", "query"),
    [
        ("GET", "/shop/dev", Query("shop", "dev")),
        ("GET", "/shop/dev/main", Query("shop", "dev", "main")),
        ("GET", "/a(_)b/dev,eu", Query("a/b", "dev,eu")),
        ("HEAD", "/shop/dev", None),
        ("GET", "/shop-dev.yml", None),
        ("GET", "/shop/dev/main/t.txt", None),
        ("GET", "/shop/dev/nowhere", None),
        ("GET", "/actuator/health", None),
        ("GET", "/shop/..", None),
    ],
)
async def test_who_asked_for_an_environment(method: str, target: str, query: Query | None) -> None:
    """Each time, from the cache too."""
    asked: Asked = []
    async with front(Heard(), asked) as url, ClientSession() as session:
        for _ in range(3):
            async with session.request(method, f"{url}{target}") as answer:
                await answer.read()
    assert asked == ([(query, "127.0.0.1")] * 3 if query else [])
