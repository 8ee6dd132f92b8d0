import json
from collections.abc import Sequence
from typing import Any

import pytest

from configserver.web.errors import NotAcceptable
from configserver.web.health import AlwaysReady, Component, answer_health, answer_info
from configserver.web.negotiation import ACTUATOR, ANY, JSON, parse_accept


class NotReady:
    def ready(self) -> bool:
        return False

    def commit(self) -> str | None:
        return "c0ffee"

    def repositories(self) -> Sequence[Component]:
        return ()

    def keys(self) -> Sequence[Component]:
        return ()

    def push(self) -> Sequence[Component]:
        return ()


class Repositories(AlwaysReady):
    def __init__(self, *found: Component) -> None:
        self._found = found

    def repositories(self) -> Sequence[Component]:
        return self._found


async def test_health_is_up(ask: Any) -> None:
    reply = await ask("/actuator/health")
    assert (reply.status, reply.type) == (200, ACTUATOR)
    assert reply.body == b'{"groups":["liveness","readiness"],"status":"UP"}'


@pytest.mark.parametrize("group", ["liveness", "readiness"])
async def test_the_groups_are_up(ask: Any, group: str) -> None:
    reply = await ask(f"/actuator/health/{group}", Accept=JSON)
    assert (reply.status, reply.type, reply.body) == (200, JSON, b'{"status":"UP"}')


@pytest.mark.parametrize(
    ("component", "status", "word"),
    [("", 503, "DOWN"), ("liveness", 200, "UP"), ("readiness", 503, "OUT_OF_SERVICE")],
)
def test_what_cannot_serve_lives_but_is_not_ready(component: str, status: int, word: str) -> None:
    answer = answer_health(component, NotReady(), ANY)
    assert (answer.status, json.loads(answer.body)["status"]) == (status, word)


def test_info_tells_version_and_commit() -> None:
    assert json.loads(answer_info("1.2.3", NotReady(), {"cached": 7}, ANY).body) == {
        "build": {"name": "configserver", "version": "1.2.3"},
        "git": {"commit": {"id": "c0ffee"}},
        "answers": {"cached": 7},
    }
    assert "git" not in json.loads(answer_info("1.2.3", AlwaysReady(), {}, ANY).body)


async def test_answers_are_counted_by_how_they_came_about(ask: Any) -> None:
    for target in ("/foo/dev", "/foo/dev", "/foo/dev", "/broken/dev"):
        await ask(target)
    answers = json.loads((await ask("/actuator/info")).body)["answers"]
    assert answers == {"cached": 2, "resolved": 1, "errors": 1}


async def test_the_actuator_links_to_what_there_is(ask: Any) -> None:
    links = json.loads((await ask("/actuator", Host="example.com:8888")).body)["_links"]
    assert links["self"] == {"href": "http://example.com:8888/actuator", "templated": False}
    assert links["health-path"]["href"].endswith("/actuator/health/{*path}")
    assert links["health-path"]["templated"] is True


@pytest.mark.parametrize(
    ("first", "second", "status", "words"),
    [
        ((True, False), (True, False), 200, ["UP", "UP", "UP"]),
        ((True, False), (True, True), 200, ["DEGRADED", "UP", "DEGRADED"]),
        ((False, True), (True, True), 503, ["DOWN", "DOWN", "DEGRADED"]),
        ((False, False), (True, False), 503, ["DOWN", "DOWN", "UP"]),
    ],
)
def test_each_repository_has_its_health(
    first: tuple[bool, bool], second: tuple[bool, bool], status: int, words: list[str]
) -> None:
    """Nothing restarts a server whose Git host is down: only what cannot be served is a 503."""
    details = {"breaker": "open", "retryIn": 3}
    probe = Repositories(Component("git://a/x", *first, details), Component("b", *second, {}))
    answer = answer_health("repositories", probe, ANY)
    body = json.loads(answer.body)
    components = body["components"]
    assert answer.status == status
    assert [body["status"], *(found["status"] for found in components.values())] == words
    assert components["git://a/x"]["details"] == details


async def test_without_repositories_their_health_is_up(ask: Any) -> None:
    reply = await ask("/actuator/health/repositories")
    assert (reply.status, reply.body) == (200, b'{"status":"UP","components":{}}')


async def test_components_stay_hidden(ask: Any) -> None:
    reply = await ask("/actuator/health/configServer")
    assert (reply.status, reply.type, reply.body) == (404, "", b"")


async def test_nothing_of_it_asks_the_backend(ask: Any) -> None:
    ask.memory.known = False
    for path in ("", "/health", "/health/liveness", "/health/readiness", "/info"):
        assert (await ask(f"/actuator{path}")).status == 200
    assert (ask.memory.syncs, ask.memory.finds) == (0, 0)


def test_other_types_are_refused() -> None:
    with pytest.raises(NotAcceptable):
        answer_health("", AlwaysReady(), parse_accept("text/plain"))


class Ways(AlwaysReady):
    def push(self) -> Sequence[Component]:
        return (
            Component("instances", ready=True, stale=False, details={"delivered": 3}),
            Component("redis", ready=True, stale=True, details={"reason": "no connection"}),
        )


def test_a_way_out_that_fails_is_told_and_keeps_no_server_from_being_ready() -> None:
    answer = answer_health("push", Ways(), ANY)
    assert (answer.status, json.loads(answer.body)) == (
        200,
        {
            "status": "DEGRADED",
            "components": {
                "instances": {"status": "UP", "details": {"delivered": 3}},
                "redis": {"status": "DEGRADED", "details": {"reason": "no connection"}},
            },
        },
    )
    assert answer_health("readiness", Ways(), ANY).status == 200
    assert json.loads(answer_health("push", AlwaysReady(), ANY).body)["status"] == "UP"
