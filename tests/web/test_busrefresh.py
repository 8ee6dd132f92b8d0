"""`POST /actuator/busrefresh`: an operator has applications refresh."""

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.backends import Everything
from configserver.push import DeliveryFailed
from configserver.service import ConfigService
from configserver.web import WebOptions, create_app
from configserver.web.application import FRONT
from configserver.web.push.busrefresh import busrefresh_extension
from tests.web.conftest import Memory, Site

Exposed = tuple[Site, list[str]]


@pytest.fixture
async def exposed(
    aiohttp_client: Callable[..., Awaitable[TestClient[Request, Application]]],
) -> Exposed:
    ordered: list[str] = []

    async def order(destination: str) -> None:
        if destination == "down:**":
            raise DeliveryFailed("rabbitmq cannot be reached: the connection is refused")
        ordered.append(destination)

    memory = Memory()
    application = create_app(
        ConfigService(Everything(memory), overrides={}),
        options=WebOptions(prefix="/config"),
        extensions=[busrefresh_extension(order)],
    )
    client = await aiohttp_client(TestServer(application))
    return Site(client, memory, application[FRONT].counters), ordered


@pytest.mark.parametrize(
    ("path", "destination"),
    [
        ("", "**"),
        ("/foo", "foo:**"),
        ("/foo/9000", "foo:9000:**"),
        ("/foo:9000", "foo:9000:**"),
        ("/foo/dev/8080", "foo:dev:8080"),
        ("/foo:**", "foo:**"),
        ("/**", "**"),
        ("/*", "*:**"),
        ("/a%20b", "a b:**"),
    ],
)
async def test_segments_are_a_destination(exposed: Exposed, path: str, destination: str) -> None:
    ask, ordered = exposed
    reply = await ask(f"/actuator/busrefresh{path}", "POST")
    assert (reply.status, reply.body) == (204, b"")
    assert ordered == [destination]


@pytest.mark.parametrize("path", ["/", "/foo/", "//foo"])
async def test_an_empty_segment_is_no_destination(exposed: Exposed, path: str) -> None:
    ask, ordered = exposed
    assert (await ask(f"/actuator/busrefresh{path}", "POST")).status in {404, 405}
    assert not ordered


@pytest.mark.parametrize("path", ["", "/foo", "/foo/dev"])
async def test_other_methods_are_refused(exposed: Exposed, path: str) -> None:
    ask, ordered = exposed
    reply = await ask(f"/actuator/busrefresh{path}")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert not ordered


async def test_a_broker_that_is_down_is_named(exposed: Exposed) -> None:
    ask, _ = exposed
    reply = await ask("/actuator/busrefresh/down", "POST", Accept="application/json")
    assert reply.status == 503
    answer = json.loads(reply.body)
    assert answer["message"] == (
        "the event was not sent: rabbitmq cannot be reached: the connection is refused"
    )


async def test_without_exposure_it_is_an_address_like_any_other(ask: Site) -> None:
    """As in the original: the actuator's place is an application's."""
    assert (await ask("/actuator/busrefresh", "POST")).status == 405
    reply = await ask("/actuator/busrefresh")
    assert (reply.status, json.loads(reply.body)["name"]) == (200, "actuator")
