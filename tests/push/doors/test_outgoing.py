"""Outgoing webhooks: what they hold, how they are signed, how they are tried."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given

from configserver.push import Change, Moved, Refresh, State
from configserver.push.delivery.door import Delivery, Limits
from configserver.push.delivery.retries import Retries
from configserver.push.doors.http import Poster
from configserver.push.doors.outgoing import MAX_BODY, Outgoing, Webhook, body_of, narrowed
from configserver.push.doors.signatures import standard_key, webhook_headers
from configserver.query import Query
from configserver.secret import Secret
from tests.push.doors import receivers
from tests.push.doors.strategies import change, refresh, refreshes
from tests.push.doors.waiting import until

STANDARD = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
QUICK = Limits(retries=Retries(tries=5, first=0.0, longest=0.0))


def webhook(url: str, secret: Secret | None = None, *applications: str) -> Webhook:
    return Webhook(name="ops", url=f"{url}/hook", secret=secret, applications=applications)


@asynccontextmanager
async def delivering(hook: Webhook) -> AsyncIterator[Delivery]:
    async with Poster() as poster, Delivery(Outgoing(hook, poster), limits=QUICK) as one:
        yield one


def test_the_documented_vector_of_standard_webhooks() -> None:
    headers = webhook_headers(
        STANDARD,
        b'{"test": 2432232314}',
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"


def test_the_documented_vector_of_github() -> None:
    headers = webhook_headers(
        Secret("It's a Secret to Everybody"), b"Hello, World!", message="1", timestamp=1
    )
    expected = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"


def test_a_secret_with_the_prefix_has_to_be_base64() -> None:
    assert standard_key(Secret("plain")) == b"plain"
    with pytest.raises(ValueError, match="Base64"):
        standard_key(Secret("whsec_not base64!"))


@pytest.mark.parametrize("secret", [Secret("plain text"), STANDARD])
async def test_a_receiver_can_check_what_it_gets(secret: Secret) -> None:
    """With HMAC by hand, as its documentation says."""
    async with receivers.receiver() as one, Poster() as poster:
        door = Outgoing(webhook(one.url, secret), poster)
        await door.deliver(refresh(change()))
    [got] = one.got
    text = secret.reveal()
    hub = hmac.new(text.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Hub-Signature-256"] == f"sha256={hub}"
    key = base64.b64decode(text[6:]) if text.startswith("whsec_") else text.encode()
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{ours}"
    assert got.headers["Content-Type"] == "application/json"


async def test_what_a_receiver_gets() -> None:
    async with receivers.receiver() as one, Poster() as poster:
        door = Outgoing(webhook(one.url), poster, now=lambda: 1_700_000_000.5)
        unknown = Change(Query("cart", "dev,eu", "v2"), None, State(None, "e3"), None)
        await door.deliver(refresh(change(), unknown, applications=("new",)))
    assert json.loads(one.got[0].body) == {
        "type": "refresh",
        "id": refresh().id,
        "time": "2023-11-14T22:13:20.500+00:00",
        "origin": "github",
        "moved": [
            {
                "repository": "https://git.example.org/config.git",
                "ref": "refs/heads/main",
                "before": "c1",
                "after": "c2",
            }
        ],
        "changes": [
            {
                "application": "shop",
                "profiles": ["dev"],
                "label": None,
                "before": {"commit": "c1", "etag": "e1"},
                "after": {"commit": "c2", "etag": "e2"},
                "keys": ["a.b"],
            },
            {
                "application": "cart",
                "profiles": ["dev", "eu"],
                "label": "v2",
                "before": None,
                "after": {"commit": None, "etag": "e3"},
                "keys": None,
            },
        ],
        "applications": ["new"],
        "truncated": False,
    }
    assert "webhook-signature" not in one.got[0].headers


async def test_each_try_has_the_same_id_and_body() -> None:
    async with (
        receivers.receiver(500, 302, 404, 429, 204) as one,
        delivering(webhook(one.url, STANDARD)) as sent,
    ):
        sent.offer(refresh(change()))
        await until(lambda: sent.report().delivered == 1)
    assert len(one.got) == 5
    assert {got.headers["webhook-id"] for got in one.got} == {refresh().id}
    assert len({got.body for got in one.got}) == 1


async def test_410_shuts_the_door(caplog: pytest.LogCaptureFixture) -> None:
    async with receivers.receiver(410) as one, delivering(webhook(one.url)) as sent:
        sent.offer(refresh(change()))
        await until(lambda: sent.report().failed == 1)
        sent.offer(refresh(change(), number=2))
    assert len(one.got) == 1
    fields = caplog.records[-1].__dict__["fields"]
    assert fields["hint"] == "remove configserver.notify.webhooks.ops"


async def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    canary = "canary-9037"
    with caplog.at_level(logging.DEBUG):
        async with receivers.receiver(500) as one:
            url = f"{one.url}/hooks/{canary}?t={canary}"
            hook = Webhook(name="ops", url=url, secret=Secret(canary))
            async with delivering(hook) as sent:
                sent.offer(refresh(change()))
                await until(lambda: sent.report().failed == 1)
                assert canary not in repr(sent.report())
    assert len(one.got) == 5
    assert canary not in repr([record.__dict__ for record in caplog.records])
    assert canary not in repr(hook.secret)


@pytest.mark.parametrize(
    ("patterns", "queries", "names", "kept", "kept_names"),
    [
        ((), ["shop", "cart"], ("new",), ["shop", "cart"], ("new",)),
        (("shop",), ["shop", "cart"], ("new",), ["shop"], ()),
        (("s*",), ["cart"], ("stock", "new"), [], ("stock",)),
        (("shop",), ["cart,shop"], (), ["cart,shop"], ()),
        (("shop",), ["cart"], ("*",), [], ("*",)),
        (("shop",), ["cart"], ("new",), None, ()),
        ((), [], (), None, ()),
    ],
)
def test_a_receiver_hears_of_its_applications_only(
    patterns: tuple[str, ...],
    queries: list[str],
    names: tuple[str, ...],
    kept: list[str] | None,
    kept_names: tuple[str, ...],
) -> None:
    found = narrowed(refresh(*map(change, queries), applications=names), patterns)
    if kept is None:
        assert found is None
    else:
        assert found is not None
        assert [one.query.name for one in found.changes] == kept
        assert found.applications == kept_names


@given(refreshes)
def test_a_body_of_usual_size_is_whole(one: Refresh) -> None:
    written = json.loads(body_of(one, 0.0))
    assert not written["truncated"]
    assert len(written["changes"]) == len(one.changes)
    assert len(written["moved"]) == len(one.moved)


@pytest.mark.parametrize(
    "big",
    [
        refresh(*(change(f"app{n}") for n in range(20_000))),
        refresh(*(change("a" * 4000, str(n)) for n in range(500))),
        replace(refresh(), applications=tuple(map(str, range(5000)))),
        replace(refresh(), moved=tuple(Moved("r" * 1000, str(n)) for n in range(900))),
        refresh(replace(change(), keys=tuple(f"key.{n}" for n in range(50_000)))),
        refresh(change("a" * MAX_BODY)),
    ],
    ids=["changes", "long names", "applications", "refs", "keys", "one that is too long"],
)
def test_a_body_has_a_bound_and_says_what_it_leaves_out(big: Refresh) -> None:
    body = body_of(big, 0.0)
    assert len(body) <= MAX_BODY
    written = json.loads(body)
    assert written["truncated"]
    assert written["id"] == big.id
