"""The encryption endpoints of servers with keys; recorded answers are played elsewhere."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from configserver.app.keys.encryption import open_keys
from configserver.backends import Everything
from configserver.secret import Secret
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.encryption import (
    EncryptSettings,
    KeyStoreSettings,
    RingKeySettings,
    RingSettings,
)
from configserver.web import WebOptions, bodies, create_app
from configserver.web.bodies import MAX_TEXT
from configserver.web.encryption import Endpoints
from configserver.web.forms import cipher_without_form, posted, without_form
from configserver.web.limit import Bucket
from configserver.web.negotiation import MediaRange, parse_media_type
from configserver.web.options import EncryptionOptions
from tests.web.conftest import Memory

KEY = "a key that nobody guesses"
VECTOR = "d1b2458ccede07c856ff952bd841638ff4dd12ed1d36812663c3c7262d57bf46"
STORE = Path(__file__).parents[1] / "encryption" / "stores" / "recorded.jks"
TEXT = "text/plain"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Asking:
    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client
        self.host, self.port = client.host, client.port

    async def __call__(
        self, target: str, body: bytes | str | None = None, *, kind: str = TEXT, accept: str = ""
    ) -> Reply:
        url = URL(f"http://{self._client.host}:{self._client.port}{target}", encoded=True)
        headers = {"Content-Type": kind} if body is not None and kind else {}
        headers |= {"Accept": accept} if accept else {}
        content = body.encode() if isinstance(body, str) else body
        data = None if content is None else BytesIO(content)
        async with self._client.session.request(
            "GET" if body is None else "POST",
            url,
            data=data,
            headers=headers,
            skip_auto_headers=["Content-Type", "Accept"],
        ) as response:
            return Reply(response.status, dict(response.headers), await response.read())


Start: TypeAlias = Callable[..., Awaitable[Asking]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a function that starts a server with the keys of some settings."""
    async with AsyncExitStack() as stack:

        async def started(
            encrypt: EncryptSettings | None = None,
            *,
            ring: RingSettings | None = None,
            options: EncryptionOptions | None = None,
            clock: Callable[[], float] = lambda: 0.0,
        ) -> Asking:
            settings = Settings(encrypt=encrypt or EncryptSettings(), ring=ring or RingSettings())
            keys = await stack.enter_async_context(open_keys(settings))
            endpoints = Endpoints(keys, options or EncryptionOptions(), clock)
            service = ConfigService(Everything(Memory()), overrides={})
            application = create_app(service, options=WebOptions(), endpoints=endpoints)
            client: TestClient[Any, Any] = TestClient(TestServer(application))
            return Asking(await stack.enter_async_context(client))

        yield started


def symmetric(key: str = KEY) -> EncryptSettings:
    return EncryptSettings(key=Secret(key))


def store(alias: str = "mainkey") -> EncryptSettings:
    return EncryptSettings(
        key_store=KeyStoreSettings(
            location=str(STORE),
            password=Secret("letmein-store"),
            alias=alias,
            secret=Secret("main-pass-1"),
        )
    )


def described(reply: Reply) -> tuple[int, str]:
    body = json.loads(reply.body)
    assert list(body) == ["description", "status"]
    return reply.status, body["status"]


@pytest.mark.parametrize("settings", [symmetric(), store()], ids=["symmetric", "store"])
@pytest.mark.parametrize("path", ["", "/foo/dev", "/foo/dev,eu"])
@pytest.mark.parametrize("text", ["x", " größe 日本 😀\n", "a=b&c=%20", "0" * 40, "{plain}{a:b}"])
async def test_what_is_encrypted_is_decrypted(
    start: Start, settings: EncryptSettings, path: str, text: str
) -> None:
    """Blanks and line ends belong to the text; every call makes another cipher."""
    ask = await start(settings)
    kind = "text/plain;charset=utf-8"
    ciphers = [(await ask(f"/encrypt{path}", text, kind=kind)).text for _ in range(2)]
    assert ciphers[0] != ciphers[1]
    reply = await ask(f"/decrypt{path}", ciphers[0])
    assert (reply.status, reply.text) == (200, text.removeprefix("{plain}"))
    assert reply.headers["Content-Type"] == "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("body", "prefix", "plain"),
    [
        ("{key:mainkey}foo", "{key:mainkey}", "foo"),
        ("{foo}bar", "{foo:}", "{foo}bar"),
        ("{cipher}{key:mainkey}foo", "{cipher:}{key:mainkey}", "foo"),
        ("{plain}{key:x}foo", "", "{key:x}foo"),
        ('{"a":"b"}', '{"a":"b"}', ""),
    ],
)
async def test_prefixes_of_a_text_stand_before_its_cipher(
    start: Start, body: str, prefix: str, plain: str
) -> None:
    ask = await start(symmetric())
    answer = (await ask("/encrypt", body)).text
    assert answer.startswith(prefix)
    assert (await ask("/decrypt", answer.removeprefix(prefix))).text == plain


@pytest.mark.parametrize(
    ("kind", "body", "plain"),
    [
        (FORM, "foo", "foo"),
        (FORM, "foo=", "foo"),
        (FORM, "foo+bar", "foo bar"),
        (FORM, "a%2Bb", "a+b"),
        (FORM, "a=b c", "a=b+c"),
        (FORM, "a=b~", "a=b%7E"),
        (FORM, "a=&b=", "a=&b"),
        (FORM, "a=1&b=2&a=3", "a=1&a=3&b=2"),
        (FORM + ";charset=UTF-8", "gr%C3%B6%C3%9Fe", "größe"),
        ("application/json", "foo=", "foo"),
        ("text/plain", "foo=", "foo="),
        ("text/plain;charset=UTF-8", "foo=", "foo"),
        ("TEXT/PLAIN", "foo=", "foo="),
    ],
)
async def test_forms_are_taken_for_the_text_that_was_meant(
    start: Start, kind: str, body: str, plain: str
) -> None:
    ask = await start(symmetric())
    cipher = (await ask("/encrypt", body, kind=kind)).text
    assert (await ask("/decrypt", cipher)).text == plain


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain;charset=ISO-8859-1", "größe".encode("latin-1"), "größe"),
        ("text/plain;charset=UTF-16", "größe".encode("utf-16"), "größe"),
        ("application/octet-stream", "größe".encode(), "größe"),
        ("text/plain", b"\xff", "�"),
    ],
)
async def test_the_charset_of_a_body_counts(
    start: Start, kind: str, body: bytes, text: str
) -> None:
    ask = await start(symmetric())
    cipher = (await ask("/encrypt", body, kind=kind)).text
    assert (await ask("/decrypt", cipher)).text.removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/plain;charset=UTF-8"),
        ("application/json", "application/json"),
        ("application/xml", "application/xml;charset=UTF-8"),
        ("text/html, */*", "text/html;charset=UTF-8"),
        ("text/plain;charset=ISO-8859-1", "text/plain;charset=ISO-8859-1"),
    ],
)
async def test_accept_names_the_type_of_the_bare_text(start: Start, accept: str, kind: str) -> None:
    ask = await start(symmetric("foo"))
    reply = await ask("/decrypt", VECTOR, accept=accept)
    assert (reply.status, reply.headers["Content-Type"], reply.text) == (200, kind, "SUPER SECRET")


@pytest.mark.parametrize(
    ("target", "body", "kind", "status"),
    [
        ("/encrypt", "", TEXT, 400),
        ("/encrypt", "x", "", 400),
        ("/encrypt", "=x", FORM, 400),
        ("/decrypt", "", FORM, 400),
        ("/encrypt", "x", "nonsense", 415),
        ("/encrypt", "x", "text/plain;charset=nonsense", 415),
        ("/encrypt", "x" * (MAX_TEXT + 1), TEXT, 413),
        ("/encrypt/f..o/dev", "x", TEXT, 400),
        ("/encrypt/foo/d%23v", "x", TEXT, 400),
        ("/encrypt/foo", "x", TEXT, 405),
    ],
)
async def test_what_is_no_text_is_refused(
    start: Start, target: str, body: str, kind: str, status: int
) -> None:
    ask = await start(symmetric())
    reply = await ask(target, body, kind=kind)
    assert (reply.status, json.loads(reply.body)["status"]) == (status, status)


async def test_a_text_may_be_as_long_as_a_body(start: Start) -> None:
    ask = await start(symmetric())
    cipher = (await ask("/encrypt", "x" * 400_000)).text
    assert (await ask("/decrypt", cipher)).text == "x" * 400_000
    assert (await ask("/encrypt", "x" * MAX_TEXT)).status == 200


async def test_a_body_that_does_not_come_is_not_waited_for(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    ask = await start(symmetric())
    reader, writer = await asyncio.open_connection(ask.host, ask.port)
    head = "POST /encrypt HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
    writer.write(f"{head}Content-Length: 9\r\n\r\nhalf".encode())
    async with asyncio.timeout(10):
        assert b" 408 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert (await ask("/encrypt", "x")).status == 200


@pytest.mark.parametrize(
    "cipher",
    [
        "00",
        "abc",
        "nothex",
        VECTOR[:-2],
        VECTOR[:-1],
        VECTOR[:-2] + "00",
        "00" * 32,
        f" {VECTOR}",
        f"{VECTOR}\n",
        f"{{cipher}}{VECTOR}",
        "AQ==",
        "é",
    ],
)
async def test_bad_ciphers_are_told_apart_by_nothing(start: Start, cipher: str) -> None:
    """Padding, content, length, alphabet: one answer, byte for byte, and one line in the log."""
    ask = await start(symmetric("foo"))
    assert (await ask("/decrypt", VECTOR)).text == "SUPER SECRET"
    reply = await ask("/decrypt", cipher)
    text = '{"description":"Text not encrypted with this key","status":"INVALID"}'
    assert (reply.status, reply.text) == (400, text)
    assert (await ask("/decrypt", cipher, accept="text/plain")).status == 406


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{key:nosuch}AQ==", (400, "BAD_REQUEST")),
        ("{key:certonly}AQ==", (400, "BAD_REQUEST")),
        ("{key:oldkey}AQ==", (400, "INVALID")),
        ("{key:oldkey}{secret:wrong}AQ==", (400, "INVALID")),
        ("{key:oldkey}{secret:old-pass-2}AQ==", (400, "INVALID")),
    ],
)
async def test_keys_of_a_store_that_cannot_decrypt(
    start: Start, body: str, expected: tuple[int, str]
) -> None:
    ask = await start(store())
    assert described(await ask("/decrypt", body)) == expected


async def test_only_a_certificate_encrypts(start: Start) -> None:
    ask = await start(store())
    assert (await ask("/encrypt", "{key:certonly}x")).text.startswith("{key:certonly}AQ")
    assert (await ask("/encrypt", "{key:nosuch}x")).status == 500
    assert (await ask("/encrypt", "{key:oldkey}x")).status == 500


async def test_a_wrong_alias_starts_and_fails_later(start: Start) -> None:
    ask = await start(store("nosuch"))
    for target, body in (("/key", None), ("/encrypt/status", None), ("/encrypt", "x")):
        assert (await ask(target, body)).status == 500
    assert described(await ask("/decrypt", "AQ==")) == (400, "BAD_REQUEST")
    good = (await ask("/encrypt", "{key:teamkey}{secret:letmein-store}x")).text
    assert (await ask("/decrypt", good)).text == "x"


async def test_the_public_key_is_for_all(start: Start) -> None:
    ask = await start(store())
    for target in ("/key", "/key/foo/dev"):
        reply = await ask(target)
        assert reply.text.startswith("ssh-rsa AAAA")
        assert reply.text.endswith(" application")
    assert (await ask("/key/f..o/dev")).status == 400
    assert described(await (await start(symmetric()))("/key")) == (404, "NOT_FOUND")


async def test_without_a_key_nothing_is_encrypted(start: Start) -> None:
    ask = await start(EncryptSettings(key=Secret("")))
    assert [(await ask(t, "x")).status for t in ("/encrypt", "/decrypt")] == [500, 500]
    assert (await ask("/encrypt/status")).status == 500
    assert described(await ask("/key")) == (404, "NOT_FOUND")


async def test_decryption_can_be_switched_off_by_itself(start: Start) -> None:
    ask = await start(symmetric("foo"), options=EncryptionOptions(decrypts=False))
    assert [(await ask(t, VECTOR)).status for t in ("/decrypt", "/decrypt/a/b")] == [404, 404]
    assert (await ask("/encrypt", "x")).status == 200
    assert (await ask("/encrypt/status")).text == '{"status":"OK"}'


async def test_more_texts_than_the_rate_are_put_off(start: Start) -> None:
    now = [0.0]
    ask = await start(symmetric(), options=EncryptionOptions(rate=3), clock=lambda: now[0])
    statuses = [(await ask("/encrypt", "x")).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = await ask("/decrypt", "x")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert (await ask("/encrypt/status")).status == 200
    now[0] = 1.0
    assert (await ask("/encrypt", "x")).status == 200


def test_a_bucket_holds_a_second_at_most() -> None:
    now = [100.0]
    bucket = Bucket(2, lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] += 3600
    assert [bucket.take() for _ in range(3)] == [True, True, False]


async def test_who_asked_is_on_record_but_not_what(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ask = await start(symmetric("foo"), options=EncryptionOptions(application="all", profile="any"))
    await ask("/encrypt/foo/dev", "canary-text")
    await ask("/decrypt", VECTOR)
    await ask("/decrypt", "00" * 32)
    await ask("/encrypt", "x", kind="nonsense")
    lines = [
        (record.getMessage(), record.levelname, vars(record)["fields"])
        for record in caplog.records
        if record.name == "configserver.web" and "client" in vars(record)["fields"]
    ]
    told = {"client": "127.0.0.1"}
    nobody = {"application": "all", "profile": "any", **told}
    assert lines == [
        ("encrypt", "INFO", {"application": "foo", "profile": "dev", "outcome": "OK", **told}),
        ("decrypt", "INFO", {**nobody, "outcome": "OK"}),
        ("decrypt", "WARNING", {**nobody, "outcome": "INVALID"}),
        ("encrypt", "WARNING", {**nobody, "outcome": "UnknownType"}),
    ]
    written = "\n".join(str(vars(record)) for record in caplog.records)
    for canary in ("canary-text", "SUPER SECRET", VECTOR):
        assert canary not in written


RING = RingSettings(
    keys={
        "team": RingKeySettings(key=Secret("the key of the team"), applications=("team-*",)),
        "second": RingKeySettings(key=Secret("the second key of all")),
        "first": RingKeySettings(key=Secret("the first key of all"), retired=True),
    }
)


async def test_the_newest_key_of_a_ring_encrypts(start: Start) -> None:
    """Ciphers name their key; a key of an application is for no other one."""
    ask = await start(ring=RING)
    mine = (await ask("/encrypt/team-a/dev", "x")).text
    other = (await ask("/encrypt/shop/dev", "x")).text
    assert mine.startswith("{key:team}")
    assert other.startswith("{key:second}")
    assert (await ask("/decrypt/team-a/dev", mine)).text == "x"
    assert (await ask("/decrypt/team-a/dev", mine.removeprefix("{key:team}"))).text == "x"
    assert described(await ask("/decrypt/shop/dev", mine)) == (400, "BAD_REQUEST")
    bare = mine.removeprefix("{key:team}")
    assert described(await ask("/decrypt/shop/dev", bare)) == (400, "INVALID")


async def test_retired_keys_and_springs_own_still_decrypt(start: Start) -> None:
    ask = await start(symmetric("foo"), ring=RING)
    assert (await ask("/decrypt", VECTOR)).text == "SUPER SECRET"
    old = await start(symmetric("the first key of all"))
    cipher = (await old("/encrypt", "old")).text
    assert (await ask("/decrypt", cipher)).text == "old"
    assert (await ask("/decrypt", "{key:first}" + cipher)).text == "old"
    assert (await ask("/encrypt", "x")).text.startswith("{key:second}")


async def test_retired_keys_encrypt_nothing(start: Start) -> None:
    """Not even by their name; the answer says why."""
    only = RingSettings(keys={"first": RING.keys["first"]})
    for ring, text in ((RING, "{key:first}x"), (only, "x"), (only, "{key:first}x")):
        ask = await start(ring=ring)
        answer = await ask("/encrypt", text)
        assert answer.status == 500
        body = json.loads(answer.body)
        assert "retired" in body["message"]
        assert "not retired" in body["hint"]


@pytest.mark.parametrize(
    ("header", "name"),
    [("text/plain", "text/plain"), ("Text/Plain ;a=b", "text/plain"), ("", None), ("x", None)],
)
def test_media_types(header: str, name: str | None) -> None:
    found = parse_media_type(header)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("AQCr=", "AQCr"),
        ("AQCrAA==", "AQCrAA=="),
        ("AQC%3D=", "AQC="),
        ("a+b/=", "a+b/"),
        ("ab=", "ab"),
        ("abc=", "abc="),
        ("zz!=", "zz!="),
        ("x", "x"),
        ("=", ""),
    ],
)
def test_ciphers_from_forms(text: str, plain: str) -> None:
    assert cipher_without_form(text, MediaRange("application", "json")) == plain
    assert cipher_without_form(text, MediaRange("text", "plain")) == text


def test_a_form_with_a_query_stays_as_it_is() -> None:
    media = parse_media_type(FORM)
    assert media is not None
    assert posted(b"foo%20x", media, has_query=True) == "foo%20x"
    assert posted(b"foo%20x", media, has_query=False) == "foo+x="
    assert without_form("foo+x=", media) == "foo x"
