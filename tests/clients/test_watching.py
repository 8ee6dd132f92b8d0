"""An unmodified Spring Boot application refreshes by the watch of Spring's configuration client."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.boots import Remote, Shown, boot, new_remote, server
from tests.conformance.player import free_port
from tests.reference.reference import Unavailable, build_jar

PROJECT = Path(__file__).with_name("watching")
FILES = {
    "application.yml": "common: 1\n",
    "shop.yml": "greeting: first\n",
    "shop-dev.yml": "other: 1\n",
    "cart.yml": "greeting: cart\n",
}
WATCH = {"spring.cloud.config.watch.enabled": "true", "spring.cloud.config.watch.initialDelay": "0"}
QUIET = 3.0
"""Seconds in which the client would look at its state six times."""

pytestmark = [pytest.mark.java, pytest.mark.timeout(600), pytest.mark.xdist_group("bus")]


@pytest.fixture(scope="module")
def application() -> Path:
    try:
        return build_jar(PROJECT, "watching")
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Remote]]:
    """Run a server; yields its URL and what it serves."""
    remote = new_remote(tmp_path, FILES)
    with server(tmp_path, remote, {"configserver.watch.config-state": "true"}) as url:
        yield url, remote


def greets(text: str) -> Callable[[Shown], bool]:
    return lambda shown: bool(shown["greeting"] == text)


def answers(url: str) -> int:
    """Return how many environments the server has answered with."""
    with urllib.request.urlopen(f"{url}/actuator/info", timeout=5) as answer:
        counters = json.load(answer)["answers"]
    number: int = counters["cached"] + counters["resolved"]
    return number


def settled(asked: Callable[[], int]) -> int:
    """Return the number of answers as soon as it grows no more."""
    number = asked()
    limit = time.monotonic() + 20
    while True:
        time.sleep(QUIET)
        before, number = number, asked()
        if number == before:
            return number
        assert time.monotonic() < limit, "a storm"


@pytest.mark.parametrize(("profiles", "per_turn"), [("", 1), ("dev", 2)])
def test_a_commit_refreshes_whom_it_concerns_by_few_requests(
    application: Path, site: tuple[str, Remote], tmp_path: Path, profiles: str, per_turn: int
) -> None:
    url, remote = site

    def asked() -> int:
        return answers(url)

    settings = {**WATCH, "spring.profiles.active": profiles}
    with boot(application, tmp_path, url, settings) as client:
        assert client.shown()["greeting"] == "first"
        start = settled(asked)
        assert start == 3 * per_turn, "at the start, without a token of its own, and with one"
        before = client.shown()

        remote.push({"cart.yml": "greeting: foreign\n", "shop-prod.yml": "greeting: prod\n"})
        remote.push({"shop.yml": "# a comment\ngreeting: first\n"})
        time.sleep(QUIET)
        assert client.shown() == before
        assert asked() == start

        for number, text in enumerate(("second", "third"), 1):
            remote.push({"shop.yml": f"greeting: {text}\n"})
            shown: Shown = client.until(greets(text))
            settled(asked)
            assert client.shown()["refreshes"] == before["refreshes"] + number
            assert shown["state"] != before["state"]
            assert asked() == start + number * per_turn


def test_who_tries_again_survives_a_restart_of_the_server(
    application: Path, tmp_path: Path
) -> None:
    """Without `spring-retry`, the client gives its watch up after the first failure."""
    remote = new_remote(tmp_path, FILES)
    port, on = free_port(), {"configserver.watch.config-state": "true"}
    retry = {"max-attempts": "60", "max-interval": "500", "initial-interval": "200"}
    settings = {f"spring.cloud.config.retry.{name}": value for name, value in retry.items()}
    with ExitStack() as stack:
        ending = stack.enter_context(ExitStack())
        url = ending.enter_context(server(tmp_path, remote, on, port=port))
        client = stack.enter_context(boot(application, tmp_path, url, {**WATCH, **settings}))
        settled(lambda: answers(url))
        ending.close()
        remote.push({"shop.yml": "greeting: while it was down\n"})
        time.sleep(QUIET)
        stack.enter_context(server(tmp_path, remote, on, port=port))
        client.until(greets("while it was down"))
        settled(lambda: answers(url))
        remote.push({"shop.yml": "greeting: as before\n"})
        client.until(greets("as before"))
