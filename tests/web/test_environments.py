import json
from typing import Any

import pytest

from configserver.web import WebOptions
from configserver.web.negotiation import JSON, V2


@pytest.mark.parametrize(
    ("target", "accept", "content_type"),
    [
        ("/foo/dev", "", JSON),
        ("/foo/dev/main", "*/*", JSON),
        ("/foo/dev/feature(_)x", V2, V2),
        ("/foo/dev/gr%C3%B6%C3%9Fe;x=1", "application/json;charset=utf-8", f"{JSON};charset=utf-8"),
        ("/foo-dev.yml", V2, "text/plain"),
        ("/main/foo-dev.yaml", "json", "text/plain"),
        ("/feature(_)x/foo-dev.properties", "image/png", "text/plain"),
        ("/main/foo-dev.json", "text/plain", JSON),
    ],
)
async def test_an_environment_has_the_type_of_its_address(
    ask: Any, target: str, accept: str, content_type: str
) -> None:
    reply = await ask(target, Accept=accept)
    assert (reply.status, reply.type) == (200, content_type)


async def test_an_environment_is_what_spring_clients_read(ask: Any) -> None:
    reply = await ask("/foo(_)bar/dev,eu/feature(_)x?anything")
    assert json.loads(reply.body) == {
        "name": "foo/bar",
        "profiles": ["dev,eu"],
        "label": "feature/x",
        "version": "c0ffee",
        "state": "",
        "propertySources": [{"name": "file:/r/application.yml", "source": {"a": "1", "b": "${a}"}}],
    }


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/cyclic-dev.json", 400),
        ("/cyclic-dev.json?resolvePlaceholders=no", 200),
        ("/foo-dev.json?resolvePlaceholders=nope", 400),
        ("/foo/dev?resolvePlaceholders=nope", 200),
        ("/foo/dev?%zz", 400),
    ],
)
async def test_placeholders_are_filled_where_that_is_asked_for(
    start: Any, target: str, status: int
) -> None:
    ask = await start(WebOptions())
    assert (await ask(target)).status == status


async def test_the_prefix_stands_before_everything(start: Any) -> None:
    ask = await start(WebOptions(prefix="/config"))
    answers = {
        target: (await ask(target)).status
        for target in ("/config/foo/dev", "/foo/dev", "/actuator/health", "/config/foo")
    }
    assert answers == {
        "/config/foo/dev": 200,
        "/foo/dev": 404,
        "/actuator/health": 200,
        "/config/foo": 404,
    }


@pytest.mark.parametrize("target", ["/foo/dev", "/main/foo-dev.yml"])
async def test_head_is_get_without_the_body(ask: Any, target: str) -> None:
    get, head = await ask(target), await ask(target, "HEAD")
    assert (head.status, head.type, head.body) == (200, get.type, b"")
    assert head.headers["Content-Length"] == str(len(get.body))


async def test_options_is_empty(ask: Any) -> None:
    reply = await ask("/foo/dev/main", "OPTIONS")
    assert (reply.status, reply.type, reply.body) == (200, "", b"")
    assert reply.headers["Allow"] == "GET,HEAD,OPTIONS"


@pytest.mark.parametrize(
    ("target", "disposition"),
    [
        ("/foo/dev", None),
        ("/foo/dev.txt", None),
        ("/foo/dev.x", "inline;filename=f.txt"),
        ("/foo/dev/main;a.exe", "inline;filename=f.txt"),
        ("/foo/dev/v1.HTML", "inline;filename=f.txt"),
        ("/foo/dev.PNG", None),
    ],
)
async def test_an_ending_that_a_browser_may_run_is_disarmed(
    ask: Any, target: str, disposition: str | None
) -> None:
    assert (await ask(target)).headers.get("Content-Disposition") == disposition
