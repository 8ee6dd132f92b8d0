"""`X-Config-State`: a server and those who ask as the watch of Spring's client does."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout

from tests.clients.boots import Remote, new_remote, server

pytestmark = pytest.mark.timeout(60)

ON = {"configserver.watch.config-state": "true", "configserver.watch.config-state-wait": "30s"}
SOON = {**ON, "configserver.watch.config-state-wait": "2s"}
FILES = {
    "application.yml": "common: 1\n",
    "shop.yml": "greeting: first\n",
    "shop-dev.yml": "other: 1\n",
    "cart.yml": "greeting: cart\n",
}
V2 = "application/vnd.spring-cloud.config-server.v2+json"
LONG = 0.4
"""Seconds after which a request counts as one that waits."""
AT_ONCE = 15.0
"""Seconds that nobody exceeds who does not wait: half of the limit, for busy machines."""


@dataclass
class Spring:
    """An application with Spring's client: what it asks, in which order, and what it keeps."""

    session: ClientSession
    profiles: str | None = None
    name: str = "shop"
    token: str | None = None
    held: str | None = None
    asked: int = 0
    greeting: Any = None
    statuses: list[int] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Ask as at the start, or when its watch finds another state; the first one is kept."""
        self.held = self.token
        first = await self._get("default")
        if self.profiles:
            await self._get(self.profiles)
        self.token = first["state"]
        greetings = [source.get("greeting") for _, source in values(first)]
        self.greeting = next((greeting for greeting in greetings if greeting), None)

    async def settle(self) -> asyncio.Task[None]:
        """Take turns as its watch does; return the one that waits."""
        for _ in range(8):
            turn = asyncio.create_task(self.refresh())
            await asyncio.wait([turn], timeout=LONG)
            if not turn.done():
                return turn
            await turn
            assert self.token != self.held, "the watch ends if the state stays the same"
        raise AssertionError("no request waits")

    async def _get(self, profiles: str) -> dict[str, Any]:
        self.asked += 1
        headers = {"Accept": V2} | ({"X-Config-State": self.held} if self.held else {})
        async with self.session.get(f"/{self.name}/{profiles}", headers=headers) as response:
            self.statuses.append(response.status)
            body: dict[str, Any] = json.loads(await response.read())
            self.answers[profiles] = body
            return body


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Remote:
    return new_remote(tmp_path_factory.mktemp("remote"), FILES)


@pytest.fixture(scope="module")
def url(remote: Remote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("server"), remote, ON) as url:
        yield url


@asynccontextmanager
async def session(url: str) -> AsyncIterator[ClientSession]:
    async with ClientSession(url, timeout=ClientTimeout(total=40)) as found:
        yield found


@pytest.fixture
async def client(url: str) -> AsyncIterator[ClientSession]:
    async with session(url) as found:
        yield found


async def push(remote: Remote, files: Mapping[str, str]) -> None:
    await asyncio.to_thread(remote.push, files)


async def waits(turn: asyncio.Task[None]) -> bool:
    await asyncio.wait([turn], timeout=LONG)
    return not turn.done()


@pytest.mark.parametrize(("profiles", "requests"), [(None, 4), ("dev", 7)])
async def test_a_client_comes_to_wait(
    client: ClientSession, profiles: str | None, requests: int
) -> None:
    """At the start, with what everybody gets, and with a token of its own; then it waits."""
    spring = Spring(client, profiles)
    turn = await spring.settle()
    assert spring.asked == requests
    turn.cancel()


async def test_who_is_concerned_is_answered_and_nobody_else(
    client: ClientSession, remote: Remote
) -> None:
    """Foreign changes and comments release nobody; `dev` has a file that the others have not."""
    plain, dev, cart = Spring(client), Spring(client, "dev"), Spring(client, name="cart")
    turns = [await spring.settle() for spring in (plain, dev, cart)]
    await push(remote, {"shop-prod.yml": "greeting: prod\n", "other.yml": "greeting: other\n"})
    await push(remote, {"shop.yml": "# a comment\ngreeting: first\n"})
    assert [await waits(turn) for turn in turns] == [True, True, True]
    await push(remote, {"shop-dev.yml": "other: 2\n"})
    await asyncio.wait_for(turns[1], 10)
    assert [await waits(turn) for turn in (turns[0], turns[2])] == [True, True]
    turns[1] = await dev.settle()
    before = plain.asked, dev.asked
    await push(remote, {"shop.yml": "greeting: second\n"})
    await asyncio.wait_for(asyncio.gather(*turns[:2]), 10)
    assert (plain.greeting, dev.greeting) == ("second", "second")
    turns[:2] = [await spring.settle() for spring in (plain, dev)]
    assert (plain.asked, dev.asked) == (before[0] + 1, before[1] + 2)
    assert await waits(turns[2])
    await push(remote, {"application.yml": "common: 2\n"})
    await asyncio.wait_for(asyncio.gather(*turns), 10)


async def test_a_change_between_two_turns_is_not_missed(
    client: ClientSession, remote: Remote
) -> None:
    spring = Spring(client, "dev")
    (await spring.settle()).cancel()
    held = spring.token
    for number in range(4):
        await push(remote, {"shop-dev.yml": f"other: between {number}\n"})
        turn = asyncio.create_task(spring.refresh())
        await asyncio.wait_for(turn, 10)
        assert spring.token != held
        held = spring.token


async def test_nobody_misses_the_newest_of_many_commits(
    client: ClientSession, remote: Remote
) -> None:
    """Both answers of a client's last turn are what holds in the end."""
    random = Random(20)
    springs = [Spring(client, profiles) for profiles in (None, "dev", "prod", "dev,prod")]
    watches = [asyncio.create_task(watch(spring)) for spring in springs]
    files = ("application.yml", "shop.yml", "shop-dev.yml", "shop-prod.yml", "cart.yml")
    for number in range(40):
        await push(remote, {random.choice(files): f"greeting: {number}\nn{number % 3}: x\n"})
        await asyncio.sleep(random.choice((0, 0, 0.01, 0.05)))
    async with asyncio.timeout(20):
        while True:
            asked = [spring.asked for spring in springs]
            await asyncio.sleep(LONG)
            current = [await is_current(client, spring) for spring in springs]
            if all(current) and asked == [spring.asked for spring in springs]:
                break  # all of them wait
    for task in watches:
        task.cancel()


async def is_current(client: ClientSession, spring: Spring) -> bool:
    """Say whether what a client was answered in its last turn is what holds now."""
    for profiles, held in spring.answers.items():
        async with client.get(f"/shop/{profiles}", headers={"Accept": V2}) as response:
            if values(await response.json()) != values(held):
                return False
    return True


async def watch(spring: Spring) -> None:
    """Take turns for ever, with a shorter delay than the client's half a second."""
    while True:
        await spring.refresh()
        await asyncio.sleep(0.01)


def values(body: Mapping[str, Any]) -> list[Any]:
    """Return names and values of the sources of an answer, in order."""
    return [
        (
            source["name"],
            {
                key: value["value"] if isinstance(value, dict) else value
                for key, value in source["source"].items()
            },
        )
        for source in body["propertySources"]
    ]


@pytest.mark.parametrize(
    "token",
    [
        *("garbage", "configserver:start", "configserver:0123456789abcdef:7", "configserver:x:1"),
        *("{}", '{"state":1}', "x" * 4000),
    ],
)
async def test_tokens_of_others_are_answered_at_once(client: ClientSession, token: str) -> None:
    spring = Spring(client, token=token)
    began = monotonic()
    await spring.refresh()
    assert monotonic() - began < AT_ONCE
    assert spring.token not in {token, None, ""}


async def test_a_token_is_good_for_its_own_application_only(client: ClientSession) -> None:
    spring = Spring(client)
    (await spring.settle()).cancel()
    cart = Spring(client, name="cart", token=spring.token)
    await asyncio.wait_for(cart.refresh(), AT_ONCE)


async def test_errors_are_answered_at_once(client: ClientSession) -> None:
    spring = Spring(client)
    (await spring.settle()).cancel()
    headers = {"X-Config-State": spring.token or "", "Accept": V2}
    async with client.get("/shop/default/nowhere", headers=headers) as response:
        assert response.status == 404


async def test_all_else_is_as_without_the_header(client: ClientSession) -> None:
    spring = Spring(client)
    (await spring.settle()).cancel()
    headers = {"X-Config-State": spring.token or ""}
    for path in ("/shop-default.yml", "/shop/default/main/shop.yml", "/actuator/health"):
        async with client.get(path) as one, client.get(path, headers=headers) as other:
            assert (one.status, await one.read()) == (other.status, await other.read())


async def test_without_the_header_all_share_one_answer(client: ClientSession) -> None:
    async with client.get("/shop/dev") as one, client.get("/shop/dev") as other:
        text = await one.text()
        assert text == await other.text()
        assert '"state":"configserver:start","propertySources":' in text
        assert one.headers["ETag"] == other.headers["ETag"]
        async with client.get("/shop/dev", headers={"X-Config-State": "x"}) as own:
            assert "ETag" not in own.headers
            assert own.headers["Cache-Control"] == "no-store"
            body, expected = await own.json(), json.loads(text)
            assert body.pop("state") != expected.pop("state")
            assert body == expected


async def test_after_the_limit_the_answer_is_the_same_and_the_token_is_not(
    remote: Remote, tmp_path: Path
) -> None:
    with server(tmp_path, remote, SOON) as url:
        async with session(url) as client:
            spring = Spring(client, "dev")
            turn = await spring.settle()
            token, began = spring.token, monotonic()
            await turn
            assert 0.3 < monotonic() - began < 3
            assert spring.token != token
            began = monotonic()
            await spring.refresh()
            assert 1 < monotonic() - began < 3.8, "one request of the turn waits, not both"


async def test_beyond_the_bound_all_are_answered_at_once(remote: Remote, tmp_path: Path) -> None:
    with server(tmp_path, remote, {**ON, "configserver.watch.limit": "2"}) as url:
        async with session(url) as client:
            turns = [await Spring(client, "dev").settle() for _ in range(2)]
            third = Spring(client, "dev")
            for _ in range(6):
                await asyncio.wait_for(third.refresh(), AT_ONCE)
            assert third.statuses == [200] * 12
            assert third.token != third.held
            assert await waits(turns[0])
            for turn in turns:
                turn.cancel()


async def test_shutdown_answers_in_order(remote: Remote, tmp_path: Path) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(server(tmp_path, remote, ON))
        async with session(url) as client:
            springs = [Spring(client) for _ in range(5)]
            turns = [await spring.settle() for spring in springs]
            held = [spring.token for spring in springs]
            began = monotonic()
            ended = asyncio.create_task(asyncio.to_thread(stack.close))
            await asyncio.wait_for(asyncio.gather(*turns), AT_ONCE)
            await ended
            assert monotonic() - began < AT_ONCE
            assert all(spring.statuses[-1] == 200 for spring in springs)
            assert all(old != one.token for old, one in zip(held, springs, strict=True))


async def test_who_goes_while_waiting_is_forgotten_and_may_come_back(
    remote: Remote, tmp_path: Path
) -> None:
    with server(tmp_path, remote, {**ON, "configserver.watch.admin": "true"}) as url:
        async with session(url) as client:
            spring = Spring(client, "dev")
            turn = await spring.settle()
            assert await _watchers(client) == {"default", "dev"}
            turn.cancel()
            async with asyncio.timeout(15):
                while await _watchers(client):  # noqa: ASYNC110 - it is a server elsewhere
                    await asyncio.sleep(0.02)
            turn = asyncio.create_task(spring.refresh())
            assert await waits(turn), "its token is still the newest one"
            turn.cancel()


async def test_nothing_is_different_if_it_is_not_switched_on(
    remote: Remote, tmp_path: Path
) -> None:
    with server(tmp_path, remote, {}) as url:
        async with session(url) as client:
            for headers in ({}, {"X-Config-State": "x"}):
                async with client.get("/shop/dev", headers=headers) as response:
                    assert '"state":"","propertySources":' in await response.text()
                    assert "ETag" in response.headers


async def _watchers(client: ClientSession) -> set[str]:
    async with client.get("/admin/watchers") as response:
        found = await response.json()
    return {profile for row in found["watchers"] for profile in row["profiles"]}
