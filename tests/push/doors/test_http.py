"""What a door says of a receiver that fails, in words for an operator and without its URL."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push import DeliveryFailed
from configserver.push.doors.http import Poster, origin, retry_after
from tests.peers.authority import Authority, Certificate
from tests.push.doors import receivers

CANARY = "canary-6120"


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(seconds=0.3) as one:
        yield one


def tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    return context


async def failure(poster: Poster, url: str) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await poster.post(f"{url}/{CANARY}", body=b"{}", headers={"X-Token": CANARY})
    assert CANARY not in str(caught.value) + caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("status", "headers", "after", "hint"),
    [
        (500, {}, None, "see its log"),
        (503, {"Retry-After": "7"}, 7.0, "see its log"),
        (429, {"Retry-After": "7"}, 7.0, "see its log"),
        (429, {"Retry-After": "soon"}, None, "see its log"),
        (500, {"Retry-After": "7"}, None, "see its log"),
        (302, {"Location": "/elsewhere"}, None, "redirects are not followed"),
        (308, {"Location": "http://169.254.169.254/"}, None, "redirects are not followed"),
        (401, {}, None, "credentials"),
        (404, {}, None, "path"),
        (405, {}, None, "exposed"),
    ],
)
async def test_an_answer_that_is_no_success(
    poster: Poster, status: int, headers: dict[str, str], after: float | None, hint: str
) -> None:
    async with receivers.receiver(status, headers=headers) as one:
        failed = await failure(poster, one.url)
    assert str(failed) == f"answers {status}"
    assert (failed.again, failed.after) == (True, after)
    assert hint in failed.hint
    assert len(one.got) == 1


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (receivers.reset, "no answer: "),
        (receivers.silent, "no answer within 0.3 seconds"),
        (receivers.nonsense, "no answer: "),
    ],
)
async def test_no_answer(poster: Poster, act: receivers.Raw, reason: str) -> None:
    async with receivers.raw(act) as url:
        failed = await failure(poster, url)
    assert str(failed).startswith(reason)
    assert failed.again


async def test_nobody_listens(poster: Poster) -> None:
    failed = await failure(poster, receivers.nobody())
    assert str(failed) == "no answer: ConnectionRefusedError"


async def test_a_name_without_an_address(poster: Poster) -> None:
    assert str(await failure(poster, "http://name.invalid")) == "its name has no address"


async def test_an_answer_without_end_is_not_read(poster: Poster) -> None:
    async with receivers.raw(receivers.huge) as url:
        assert await poster.post(url, body=b"{}", headers={}) == 200


async def test_certificates_are_checked(tmp_path: Path) -> None:
    known, unknown = Authority(tmp_path / "known"), Authority(tmp_path / "unknown")
    cases = {
        "good": (known.server("127.0.0.1"), None),
        "expired": (known.server("127.0.0.1", expired=True), "has expired"),
        "of another name": (known.server("example.org"), "is for another host"),
        "of nobody known": (unknown.server("127.0.0.1"), "is not trusted"),
    }
    async with AsyncExitStack() as stack:
        poster = await stack.enter_async_context(Poster(ca_file=str(known.ca_file)))
        for name, (certificate, reason) in cases.items():
            server = receivers.receiver(tls=tls(certificate))
            one = await stack.enter_async_context(server)
            if reason is None:
                assert await poster.post(one.url, headers={}) == 200, name
            else:
                assert reason in str(await failure(poster, one.url)), name
                assert not one.got, name


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", receivers.nobody())
    async with receivers.receiver() as one, Poster() as poster:
        assert await poster.post(one.url, headers={}) == 200


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("²", None),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    assert retry_after(value, 100.0) == expected


@given(st.text())
def test_retry_after_takes_any_text(value: str) -> None:
    found = retry_after(value, 100.0)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://example.org/hooks/{CANARY}?t={CANARY}", "https://example.org"),
        (f"https://bot:{CANARY}@example.org:8443/x", "https://example.org:8443"),
        ("http://[::1]:80/x", "http://[::1]:80"),
    ],
)
def test_only_the_origin_of_a_url_is_shown(url: str, expected: str) -> None:
    assert origin(url) == expected
