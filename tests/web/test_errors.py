import json
from typing import Any

import pytest

from configserver.web.negotiation import JSON, V2


@pytest.mark.parametrize(
    ("target", "method", "status", "error"),
    [
        ("/nothing", "GET", 404, "Not Found"),
        ("/foo/dev/nope", "GET", 404, "Not Found"),
        ("/foo/a..b", "GET", 400, "Bad Request"),
        ("/foo%2Fbar/dev", "GET", 400, "Bad Request"),
        ("/foo/dev", "POST", 405, "Method Not Allowed"),
        ("/foo/dev", "PROPFIND", 405, "Method Not Allowed"),
        ("/broken/dev", "GET", 500, "Internal Server Error"),
    ],
)
async def test_the_body_begins_like_that_of_boot(
    ask: Any, target: str, method: str, status: int, error: str
) -> None:
    reply = await ask(f"{target}?x=1", method)
    body = json.loads(reply.body)
    assert (reply.status, reply.type) == (status, JSON)
    assert list(body)[:5] == ["timestamp", "status", "error", "path", "message"]
    assert (body["status"], body["error"], body["path"]) == (status, error, target)


async def test_the_body_goes_on_with_the_place(ask: Any) -> None:
    body = json.loads((await ask("/broken/dev")).body)
    assert {key: body[key] for key in list(body)[4:]} == {
        "message": "a colon is missing",
        "file": "broken.yml",
        "line": 3,
        "column": 7,
    }


@pytest.mark.parametrize(
    ("accept", "content_type", "opening"),
    [
        (V2, V2, b"{"),
        ("text/html,*/*;q=0.8", "text/html;charset=UTF-8", b"<!doctype html>"),
        ("text/plain", "", b""),
        ("json", "", b""),
    ],
)
async def test_the_type_follows_accept(
    ask: Any, accept: str, content_type: str, opening: bytes
) -> None:
    reply = await ask("/nothing/x.yml", Accept=accept)
    assert (reply.status, reply.type) == (404, content_type)
    assert reply.body.startswith(opening)
    assert bool(reply.body) == bool(opening)


async def test_nothing_of_a_page_comes_from_the_client_unescaped(ask: Any) -> None:
    reply = await ask("/foo/dev/%3Cscript%3E&amp<", Accept="text/html")
    assert b"<script" not in reply.body


async def test_head_says_the_type_only(ask: Any) -> None:
    reply = await ask("/foo/dev/nope", "HEAD")
    assert (reply.status, reply.type, reply.body) == (404, JSON, b"")


async def test_refusals_name_what_is_allowed(ask: Any) -> None:
    assert (await ask("/foo/dev", "DELETE")).headers["Allow"] == "GET"
    assert V2 in (await ask("/foo/dev", Accept="image/png")).headers["Accept"]


async def test_an_unexpected_error_tells_its_number_only(
    ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await ask("/crash/dev")
    hint = json.loads(reply.body)["hint"]
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body
    numbers = [vars(record)["fields"].get("id") for record in caplog.records]
    assert hint.split()[-1] in numbers


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/key", "GET", 404),
        ("/key/foo/dev", "GET", 404),
        ("/encrypt/status", "GET", 500),
        ("/encrypt", "POST", 400),
        ("/encrypt", "GET", 405),
        ("/monitor", "POST", 404),
    ],
)
async def test_without_a_key_there_is_no_encryption(
    ask: Any, target: str, method: str, status: int
) -> None:
    assert (await ask(target, method)).status == status
