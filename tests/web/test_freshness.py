"""The headers that say how fresh an answer is, and what it comes from."""

import math
from typing import Any

import pytest

from configserver.backends import Seen
from configserver.model import Provenance

AGE, STALE = "X-Config-Age", "X-Config-Stale"


@pytest.mark.parametrize(
    ("seen", "age", "stale"),
    [
        (Seen(), "0", "false"),
        (Seen(0.9), "0", "false"),
        (Seen(61.5, stale=True), "61", "true"),
        (Seen(math.inf, stale=True), None, "true"),
    ],
)
async def test_every_answer_says_how_fresh_it_is(
    ask: Any, seen: Seen, age: str | None, stale: str
) -> None:
    """Made ones, cached ones, those without a body, and errors of what is served."""
    ask.memory.fresh = seen
    tag = (await ask("/foo/dev")).headers["ETag"]
    for reply in (
        await ask("/foo/dev"),
        await ask("/foo/dev", If_None_Match=tag),
        await ask("/foo-dev.yml"),
        await ask("/foo/dev/main/t.txt"),
        await ask("/foo/dev/nowhere"),
        await ask("/broken/dev"),
    ):
        assert (reply.headers.get(AGE), reply.headers[STALE]) == (age, stale)


async def test_the_age_of_a_cached_answer_grows(ask: Any) -> None:
    ask.memory.fresh = Seen(1)
    assert (await ask("/foo/dev")).headers[AGE] == "1"
    ask.memory.fresh = Seen(7, stale=True)
    reply = await ask("/foo/dev")
    assert (reply.headers[AGE], reply.headers[STALE]) == ("7", "true")
    assert ask.memory.finds == 1


async def test_what_no_backend_answers_has_no_age(ask: Any) -> None:
    for target in ("/actuator/health", "/foo/..%2f/dev", "/"):
        assert STALE not in (await ask(target)).headers


async def test_an_answer_names_what_stood_in(ask: Any) -> None:
    assert not [name for name in (await ask("/foo/dev")).headers if name == "X-Config-Label"]
    ask.memory.provenance = Provenance(
        label="master", repository="https://ü@h/x\r\n", skipped=("file:/a", "file:/b")
    )
    headers = (await ask("/bar/dev")).headers
    assert headers["X-Config-Label"] == "master"
    assert headers["X-Config-Repository"] == "https://%C3%BC@h/x%0D%0A"
    assert headers["X-Config-Skipped"] == "file:/a, file:/b"
