"""`POST /monitor` over real HTTP: what is taken, what is refused, and that nothing is looked at."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from configserver.push.webhooks.payloads import MAX_DEPTH
from configserver.web import bodies
from configserver.web.bodies import MAX_TEXT
from tests.push.webhooks.conftest import Start
from tests.push.webhooks.samples import (
    AZURE,
    BITBUCKET,
    GENERIC,
    GITHUB,
    GITLAB,
    GITLAB_SIGNED,
    SAMPLES,
    SECRET,
    Sample,
    hub_256,
    standard,
)
from tests.push.webhooks.sites import GUARDED, OPEN

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PUSH = {**JSON, "X-GitHub-Event": "push"}


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
@pytest.mark.parametrize("guarded", [False, True])
async def test_a_push_is_answered_with_names(start: Start, sample: Sample, guarded: bool) -> None:
    site = await start(replace(GUARDED, secrets=(sample.secret.encode(),)) if guarded else OPEN)
    reply = await site.post(sample.body, sample.signed())
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(reply.body) == list(sample.names)
    assert [hint.origin for hint in site.ear.heard] == [sample.host]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"", JSON, 400),
        (b"null", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"path":"\xff"}', JSON, 400),
        (b'{"path":"\\ud800"}', JSON, 400),
        (b'{"path":NaN}', JSON, 400),
        (b'{"path":[1]}', JSON, 400),
        (b'{"path":[null]}', JSON, 400),
        (b'{"commits":[1]}', PUSH, 400),
        (b'{"commits":[{"added":"x"}]}', PUSH, 400),
        (b'{"commits":[{"added":[{}]}]}', PUSH, 400),
        (deep(MAX_DEPTH + 1), JSON, 400),
        (deep(1000), JSON, 400),
        (deep(100_000), JSON, 400),
        (b"[" * 1_000_000, JSON, 400),
        (b'{"path":' + b"[" * 500_000, JSON, 400),
        (json.dumps({"path": "-" * 500_000}).encode(), JSON, 400),
        (json.dumps({"path": ["a"] * 100_000}).encode(), JSON, 400),
        (b" " * (MAX_TEXT + 1), JSON, 413),
        (b" " * (MAX_TEXT + 1), FORM, 413),
        (b"other=1", FORM, 400),
        (b"", FORM, 400),
        (b"path=%ff", FORM, 400),
        (b"path=\xff", FORM, 400),
        (b"&".join([b"path=a"] * 1001), FORM, 400),
        (b"path=" + b"a," * 400_000, FORM, 400),
        (b"payload=%7B%7D", {**FORM, "X-GitHub-Event": "push"}, 400),
        (b"{}", {}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/xml"}, 415),
        (b"{}", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        (b"{}", {"Content-Type": "\\"}, 415),
        (b"{}", {"Content-Type": "application/json; charset=utf-16"}, 415),
        (gzip.compress(b"{}", mtime=0), {**JSON, "Content-Encoding": "gzip"}, 415),
        (gzip.compress(b" " * 50_000_000, 1), {**JSON, "Content-Encoding": "gzip"}, 415),
        (b'{"path":"a"}', {**JSON, "Accept": "text/plain"}, 406),
    ],
)
async def test_what_is_malformed_is_refused(
    start: Start, body: bytes, headers: Mapping[str, str], status: int
) -> None:
    site = await start(OPEN)
    reply = await site.post(io.BytesIO(body), headers)
    assert reply.status == status
    assert b"Traceback" not in reply.body
    # The original's webhooks have gone out by the time it sees what the client takes.
    assert len(site.ear.heard) == (status == 406)


async def test_names_are_written_as_the_original_writes_them(start: Start) -> None:
    site = await start(OPEN)
    body = '{"path":["é\\u0001\\u001f\\".yml","a/b.yml"]}'.encode()
    reply = await site.post(body, {**JSON, "Accept": "application/*+json, */*;q=0.1"})
    assert reply.body == '["é\\u0001\\u001F\\"","b"]'.encode()


async def test_a_mark_of_the_byte_order_is_passed_over(start: Start) -> None:
    site = await start(OPEN)
    reply = await site.post(b'\xef\xbb\xbf{"path":"a.yml"}', JSON)
    assert (reply.status, reply.body) == (200, b'["a"]')


@pytest.mark.parametrize(
    ("body", "target", "names"),
    [
        (b"path=foo.yml", "/monitor", ["foo"]),
        (b"path=foo.yml,+bar.yml", "/monitor", ["foo", "bar"]),
        (b"path=foo,x.yml&path=bar.yml", "/monitor", ["foo,x", "bar"]),
        (b"path[]=foo.yml", "/monitor", ["foo"]),
        (b"path%5B%5D=foo.yml", "/monitor", ["foo"]),
        (b"path=foo.yml&path[]=bar.yml", "/monitor", ["foo"]),
        (b"path=bar.yml", "/monitor?path=foo.yml", ["foo", "bar"]),
    ],
)
async def test_a_form_names_paths(start: Start, body: bytes, target: str, names: list[str]) -> None:
    site = await start(OPEN)
    reply = await site.post(body, FORM, target)
    assert (reply.status, json.loads(reply.body)) == (200, names)
    assert site.ear.heard[0].origin == "generic"


@pytest.mark.parametrize(
    ("path", "prefix", "target", "status"),
    [
        ("", "", "/monitor", 200),
        ("", "", "/monitor/", 404),
        ("", "/config", "/monitor", 200),
        ("", "/config", "/config/monitor", 404),
        ("/hooks", "", "/hooks/monitor", 200),
        ("/hooks/", "/config", "/hooks/monitor", 200),
        ("hooks/git", "", "/hooks/git/monitor", 200),
        ("/hooks", "", "/monitor", 404),
    ],
)
async def test_only_its_own_path_moves_it(
    start: Start, path: str, prefix: str, target: str, status: int
) -> None:
    site = await start(OPEN, path=path, prefix=prefix)
    assert (await site.post(b"{}", JSON, target)).status == status


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
async def test_an_unsigned_webhook_is_refused_and_nothing_is_looked_at(
    start: Start, sample: Sample
) -> None:
    site = await start(GUARDED)
    reply = await site.post(sample.body, {**JSON, **sample.headers})
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="webhooks", Basic realm="webhooks"'
    assert site.ear.heard == []
    assert SECRET.encode() not in reply.body


async def test_nothing_is_read_before_it_is_verified(start: Start) -> None:
    site = await start(GUARDED)
    for body in (b"{", deep(100_000), b'{"path":[1]}'):
        assert (await site.post(body, JSON)).status == 401


async def test_what_is_signed_is_the_body_as_sent(start: Start) -> None:
    site = await start(GUARDED)
    body = b' {"path" :\n"\\u0061-b.yml"} '
    assert (await site.post(body, {**JSON, **hub_256(body, SECRET)})).status == 200
    tidy = b'{"path":"a-b.yml"}'
    assert (await site.post(tidy, {**JSON, **hub_256(body, SECRET)})).status == 401
    form = b"path=foo.yml&x=%41"
    assert (await site.post(form, {**FORM, **hub_256(form, SECRET)})).status == 200


@pytest.mark.parametrize(
    "sample",
    [sample for sample in SAMPLES if sample is not GENERIC],
    ids=lambda sample: sample.id,
)
async def test_a_replay_is_refused_for_a_while(start: Start, sample: Sample) -> None:
    site = await start(replace(GUARDED, secrets=(sample.secret.encode(),)))
    headers = sample.signed()
    assert (await site.post(sample.body, headers)).status == 200
    again = await site.post(sample.body, headers)
    assert again.status == 409
    disguised = {name: value for name, value in headers.items() if not name.endswith("Delivery")}
    if sample is not GITLAB_SIGNED:
        assert (await site.post(sample.body, disguised)).status == 409
    site.clock.seconds = 299
    assert (await site.post(sample.body, headers)).status == 409
    assert len(site.ear.heard) == 1
    site.clock.seconds = 300
    last = await site.post(sample.body, headers)
    assert last.status == (401 if sample is GITLAB_SIGNED else 200), "signed with the time, or not"


async def test_an_id_that_was_taken_is_refused_with_another_body(start: Start) -> None:
    site = await start(GUARDED)
    assert (await site.post(GITHUB.body, GITHUB.signed())).status == 200
    other = GITHUB.body + b" "
    assert (await site.post(other, GITHUB.signed(body=other))).status == 409


async def test_a_forged_id_does_not_keep_the_real_one_out(start: Start) -> None:
    site = await start(GUARDED)
    forged = {**GITHUB.signed(), "X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert (await site.post(GITHUB.body, forged)).status == 401
    assert (await site.post(GITHUB.body, GITHUB.signed())).status == 200


async def test_a_token_may_say_the_same_twice(start: Start) -> None:
    """A script that shows a token has no other words for the next push; a signature is of one."""
    site = await start(GUARDED)
    body = b"path=foo.yml"
    shown = {**FORM, "X-Configserver-Token": SECRET}
    assert [(await site.post(body, shown)).status for _ in range(3)] == [200, 200, 200]
    signed = {**FORM, **hub_256(body, SECRET)}
    assert [(await site.post(body, signed)).status for _ in range(2)] == [200, 409]
    named = {**shown, "Idempotency-Key": "build-7"}
    assert [(await site.post(body, named)).status for _ in range(2)] == [200, 409]


@pytest.mark.parametrize("sample", [GITLAB, GITLAB_SIGNED], ids=lambda sample: sample.id)
async def test_two_webhooks_of_one_push_are_both_taken(start: Start, sample: Sample) -> None:
    """GitLab posts the same body for a project and its group, each with an id of its own.

    So it does for a push, one that takes it back, and the first one again. A signing token covers
    the id, and a shown token no body.
    """
    site = await start(replace(GUARDED, secrets=(sample.secret.encode(),)))
    for number in range(3):
        named = {"Idempotency-Key": f"id-{number}"}
        if sample is GITLAB_SIGNED:
            named = standard(sample.body, sample.secret, id_=f"id-{number}")
        headers = {**sample.signed(), **named}
        assert [(await site.post(sample.body, headers)).status for _ in range(2)] == [200, 409]


async def test_without_a_secret_nothing_is_a_replay(start: Start) -> None:
    site = await start(OPEN)
    headers = {**JSON, **GITHUB.headers}
    assert [(await site.post(GITHUB.body, headers)).status for _ in range(3)] == [200, 200, 200]


async def test_the_window_can_be_closed(start: Start) -> None:
    site = await start(replace(GUARDED, replay_seconds=0))
    assert [(await site.post(GITHUB.body, GITHUB.signed())).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("sample", [GITHUB, GITLAB, BITBUCKET, AZURE], ids=lambda sample: sample.id)
@pytest.mark.parametrize("guarded", [False, True])
async def test_a_repository_that_is_not_served_is_refused(
    start: Start, sample: Sample, guarded: bool
) -> None:
    site = await start(GUARDED if guarded else OPEN, serves=False)
    for _ in range(2):  # what was refused is no replay
        assert (await site.post(sample.body, sample.signed())).status == 422


async def test_a_payload_without_a_repository_is_answered_as_ever(start: Start) -> None:
    site = await start(OPEN, serves=False)
    reply = await site.post(b'{"commits":[{"added":["foo.yml"]}]}', PUSH)
    assert (reply.status, reply.body) == (200, b'["foo"]')


async def test_what_was_refused_may_be_delivered_again(start: Start) -> None:
    site = await start(GUARDED, serves=False)
    assert (await site.post(GITHUB.body, GITHUB.signed())).status == 422
    site.ear.serves = True
    assert (await site.post(GITHUB.body, GITHUB.signed())).status == 200


async def test_the_rate_is_bounded_after_the_secret(start: Start) -> None:
    """Who knows no secret cannot use up the rate of those who do."""
    site = await start(GUARDED, rate=2)
    unsigned = [(await site.post(b"{}", JSON)).status for _ in range(5)]
    assert unsigned == [401] * 5
    shown = {**JSON, "Authorization": f"Bearer {SECRET}"}
    replies = [await site.post(b'{"path":"a"}', shown) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[-1].headers["Retry-After"] == "1"
    site.clock.seconds = 1
    assert (await site.post(b'{"path":"a"}', shown)).status == 200


async def test_a_body_that_does_not_come_is_not_waited_for(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    site = await start(OPEN)
    never = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"path":'
        await never.wait()

    reply = await asyncio.wait_for(site.post(slow(), JSON), 5)
    assert reply.status == 408
    assert site.ear.heard == []


async def test_a_body_without_a_length_is_bounded_too(start: Start) -> None:
    site = await start(OPEN)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert (await site.post(endless(), JSON)).status == 413


async def test_neither_secret_nor_body_is_logged(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    site = await start(GUARDED)
    for headers in (GITLAB.signed(), GITLAB.signed(secret="a wrong one")):
        await site.post(GITLAB.body, headers)
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert "webhook" in said
    assert SECRET not in said
    assert "a wrong one" not in said
    assert "Change the shop" not in said
