"""AWS KMS: what is unwrapped, and how every failure ends; the service is moto's."""

import asyncio
import json
import logging
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from configserver.kms import Refused, Trouble, Unreachable, key_text
from configserver.secret import Secret
from tests.peers.authority import Authority
from tests.peers.aws import KEY_ID, REGION, SECRET, AwsPeer
from tests.peers.processes import free_port

pytest.importorskip("aiobotocore", reason="the extra 'aws' is not installed")

from configserver.kms.aws import AwsKms, Credentials

KEY = b"canary-of-the-data-key"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the SDK from what this machine has."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def client(uri: str, key: str | None = None, **changes: object) -> AwsKms:
    given = Credentials(KEY_ID, Secret(SECRET))
    made = AwsKms(key, REGION, uri, credentials=given, timeout=20)
    return replace(made, **changes)  # type: ignore[arg-type]


async def failure(service: AwsKms, wrapped: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await service.unwrap(wrapped)
    trouble = caught.value
    text = f"{trouble} {trouble.reason} {trouble.hint}"
    assert trouble.reason
    assert trouble.hint
    assert "canary" not in text
    assert KEY_ID not in text
    assert len(text) < 600
    return trouble


@pytest.mark.parametrize("plain", [KEY, "ключ\n".encode(), bytes(range(256)), b"x" * 4000])
async def test_what_was_wrapped_is_unwrapped(aws: AwsPeer, plain: bytes) -> None:
    service = client(aws.uri, aws.make_key())
    wrapped = await service.wrap(plain)
    assert await service.unwrap(f"{wrapped[:60]}\n {wrapped[60:]}\n") == plain
    assert await replace(service, key_id=None).unwrap(wrapped) == plain


async def test_a_data_key_of_kms_itself(aws: AwsPeer) -> None:
    """`aws kms generate-data-key-without-plaintext` makes a key that nobody ever saw."""
    key = aws.make_key()
    made = aws.kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    wrapped = b64encode(made["CiphertextBlob"]).decode()
    plain = await client(aws.uri, key).unwrap(wrapped)
    assert plain == made["Plaintext"]
    assert key_text(plain) in {b64encode(plain).decode(), plain.decode(errors="ignore")}


async def test_what_is_bound_to_a_context_needs_it(aws: AwsPeer) -> None:
    service = client(aws.uri, aws.make_key(), context={"app": "configserver", "stage": "prod"})
    wrapped = await service.wrap(KEY)
    assert await service.unwrap(wrapped) == KEY
    trouble = await failure(replace(service, context={"app": "other"}), wrapped)
    assert isinstance(trouble, Refused)
    assert "InvalidCiphertext" in trouble.reason
    assert "encryption-context" in trouble.hint


@pytest.mark.parametrize("place", ["environment", "profile"])
async def test_credentials_are_found_as_the_sdk_finds_them(
    aws: AwsPeer, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = aws.make_key()
    service = client(aws.uri, key, credentials=None, region=None)
    wrapped = aws.wrap(key, KEY)
    assert "NoRegionError" in (await failure(service, wrapped)).reason
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    trouble = await failure(service, wrapped)
    assert "NoCredentialsError" in trouble.reason
    assert "AWS_ACCESS_KEY_ID" in trouble.hint
    if place == "environment":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    else:
        text = f"[shop]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET}\n"
        (tmp_path / "credentials").write_text(text)
        service = replace(service, profile="shop")
    assert await service.unwrap(wrapped) == KEY


async def test_a_profile_that_is_not_there(aws: AwsPeer) -> None:
    trouble = await failure(client(aws.uri, profile="nosuch"), "AAAA")
    assert "ProfileNotFound" in trouble.reason
    assert "~/.aws" in trouble.hint


@pytest.mark.parametrize(
    ("case", "code", "hint"),
    [
        ("unknown", "NotFoundException", "key-id"),
        ("cut", "InvalidCiphertextException", "whole"),
        ("no Base64", "no Base64", "CiphertextBlob"),
    ],
)
async def test_what_is_refused_says_what_to_do(
    aws: AwsPeer, case: str, code: str, hint: str
) -> None:
    key = aws.make_key()
    wrapped = aws.wrap(key, KEY)
    service = client(aws.uri, key)
    if case == "unknown":
        service = replace(service, key_id="alias/nosuch")
    elif case == "cut":
        wrapped = wrapped[:8]
    else:
        wrapped = "vault:v1:canary"
    trouble = await failure(service, wrapped)
    assert isinstance(trouble, Refused)
    assert code in trouble.reason
    assert hint in trouble.hint


async def test_a_key_to_wrap_with_has_to_be_named(aws: AwsPeer) -> None:
    with pytest.raises(Refused, match="no key of KMS is named"):
        await client(aws.uri).wrap(KEY)
    with pytest.raises(Refused, match="NotFound"):
        await client(aws.uri, "alias/nosuch").wrap(KEY)


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def error(code: str, status: int = 400) -> Handler:
    body = json.dumps({"__type": code, "message": "canary \n of a message"})

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type="application/x-amz-json-1.1")

    return handle


def answers(body: bytes, status: int = 200) -> Handler:
    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=body)

    return handle


async def _silence(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def _drip(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(300):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def _cut(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


HOSTILE: list[tuple[Handler, type[Trouble], str]] = [
    (_silence, Unreachable, "did not answer within 1 seconds"),
    (_drip, Unreachable, "did not answer within 1 seconds"),
    (_cut, Unreachable, "cannot be reached"),
    (error("AccessDeniedException"), Refused, "does not decrypt: 400 AccessDeniedException"),
    (error("DisabledException"), Refused, "400 DisabledException"),  # moto lets them decrypt
    (error("KMSInvalidStateException"), Refused, "400 KMSInvalidStateException"),
    (error("ExpiredTokenException"), Refused, "400 ExpiredTokenException"),
    (error("UnrecognizedClientException"), Refused, "400 UnrecognizedClientException"),
    (error("ThrottlingException"), Unreachable, "400 ThrottlingException"),
    (error("KMSInternalException", 500), Unreachable, "500 KMSInternalException"),
    (error("x" * 5000), Refused, "does not decrypt: 400 x"),
    (answers(b"<html>canary", 502), Unreachable, "does not decrypt: 502"),
    (answers(b"<html>canary", 307), Refused, "does not decrypt: 307"),
    (answers(b"<html>canary"), Unreachable, "not one of AWS KMS"),
    (answers(b"[]"), Unreachable, "not one of AWS KMS"),
    (answers(b"{}"), Unreachable, "not one of AWS KMS"),
    (answers(b'{"Plaintext": 1}'), Unreachable, "not one of AWS KMS"),
    (answers(b'{"Plaintext": "' + b"A" * (8 << 20)), Unreachable, "not one of AWS KMS"),
]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Return a function that has a handler answer every request, and returns the address."""
    runners: list[web.ServerRunner] = []

    async def start(handler: Handler) -> str:
        runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize("case", range(len(HOSTILE)))
async def test_bad_answers_are_bounded_and_clear(
    case: int, serve: Callable[[Handler], Awaitable[str]]
) -> None:
    """None takes much longer than the time limit, and none has a secret said."""
    handler, kind, reason = HOSTILE[case]
    uri = await serve(handler)
    seconds = 1 if "within 1 seconds" in reason else 20
    began = time.monotonic()
    service = client(uri, "alias/k", timeout=seconds)
    trouble = await failure(service, b64encode(b"x" * 100).decode())
    assert seconds > 1 or time.monotonic() - began < 15
    assert reason in trouble.reason
    assert isinstance(trouble, kind)


@pytest.mark.parametrize(
    ("trusted", "reason", "hint"),
    [
        ("right", "AccessDeniedException", "kms:Decrypt"),
        ("none", "certificate of AWS KMS is not trusted", "ca-file"),
        ("other", "certificate of AWS KMS is not trusted", "ca-file"),
        ("missing", "ca-file cannot be used", "/no/such"),
    ],
)
async def test_certificates(tmp_path: Path, trusted: str, reason: str, hint: str) -> None:
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
    files = {"right": str(authority.ca_file), "other": str(other.ca_file), "missing": "/no/such"}
    made = authority.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file, made.key)
    runner = web.ServerRunner(web.Server(error("AccessDeniedException")))
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        service = client(f"https://localhost:{port}", ca_file=files.get(trusted))
        trouble = await failure(service, "AAAA")
        assert reason in trouble.reason
        assert hint in trouble.hint
    finally:
        await runner.cleanup()


async def test_the_log_of_the_sdk_holds_no_key(
    aws: AwsPeer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = aws.make_key()
    assert await client(aws.uri, key).unwrap(aws.wrap(key, KEY)) == KEY
    assert "canary" not in caplog.text
    assert b64encode(KEY).decode() not in caplog.text


async def test_nobody_listens() -> None:
    trouble = await failure(client(f"http://127.0.0.1:{free_port()}"), "AAAA")
    assert isinstance(trouble, Unreachable)
    assert "cannot be reached" in trouble.reason


async def test_the_loop_goes_on_while_the_sdk_reads_its_files(aws: AwsPeer) -> None:
    """The first call loads what the SDK knows of KMS; later ones hold up nobody.

    Processor time of the loop's thread, so that a busy machine does not matter.
    """
    key = aws.make_key()
    wrapped = aws.wrap(key, KEY)
    await client(aws.uri, key).unwrap(wrapped)
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.002)
            gaps.append(time.thread_time() - began)

    ticking = asyncio.create_task(tick())
    assert await client(aws.uri, key).unwrap(wrapped) == KEY
    ticking.cancel()
    assert len(gaps) > 3
    assert max(gaps) < 0.2
    print(f"longest pause {max(gaps) * 1000:.0f} ms")  # noqa: T201
