import asyncio
from typing import Any

from configserver.web import WebOptions
from configserver.web.negotiation import V2


async def test_an_answer_is_made_once_for_a_generation(ask: Any) -> None:
    first = await ask("/foo/dev")
    again = await ask("/foo/dev")
    assert first.body == again.body
    assert ask.memory.finds == 1
    assert (ask.counters.resolved, ask.counters.cached) == (1, 1)


async def test_a_new_generation_makes_a_new_answer(ask: Any) -> None:
    await ask("/foo/dev")
    ask.memory.value = "2"
    assert b'"a":"1"' in (await ask("/foo/dev")).body
    ask.memory.generation = object()
    assert b'"a":"2"' in (await ask("/foo/dev")).body


async def test_an_unknown_generation_is_asked_for_first(ask: Any) -> None:
    await ask("/foo/dev")
    ask.memory.known = False
    await ask("/foo/dev")
    assert (ask.memory.syncs, ask.memory.finds) == (1, 1)
    ask.memory.known, ask.memory.generation = False, object()
    await ask("/foo/dev")
    assert (ask.memory.syncs, ask.memory.finds) == (2, 2)


async def test_what_differs_in_the_request_is_kept_apart(ask: Any) -> None:
    one = await ask("/foo/dev/main/u.txt")
    assert (await ask("/foo/dev/main/u.txt", Accept_Charset="iso-8859-1")).body != one.body
    assert (await ask("/foo/dev", Accept=V2)).body != (await ask("/foo/dev")).body
    assert (await ask("/foo/dev", "POST")).status == 405


async def test_errors_are_not_kept(ask: Any) -> None:
    assert (await ask("/broken/dev")).status == 500
    assert (await ask("/broken/dev")).status == 500
    assert (ask.memory.finds, ask.counters.errors) == (2, 2)


async def test_answers_larger_than_the_cache_are_still_given(start: Any) -> None:
    ask = await start(WebOptions(answer_cache_bytes=10))
    assert (await ask("/foo/dev")).status == 200
    assert (await ask("/foo/dev")).status == 200
    assert ask.memory.finds == 2


async def test_old_answers_make_room(start: Any) -> None:
    ask = await start(WebOptions(answer_cache_bytes=4_000))
    for name in ("a", "b", "c", "d", "d", "a"):
        assert (await ask(f"/{name}/dev")).status == 200
    assert ask.memory.finds == 5


async def test_an_entity_tag_saves_the_body(ask: Any) -> None:
    tag = (await ask("/foo/dev")).headers["ETag"]
    known = await ask("/foo/dev", If_None_Match=f'"x", W/{tag}')
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", tag)
    assert (await ask("/foo/dev", If_None_Match='"x"')).status == 200
    assert (await ask("/foo/dev", If_None_Match="*")).status == 200
    assert (await ask("/foo/dev", Accept=V2)).headers["ETag"] != tag


async def test_those_who_ask_together_get_one_answer(ask: Any) -> None:
    replies = await asyncio.gather(*(ask("/foo-dev.yml") for _ in range(20)))
    assert {reply.status for reply in replies} == {200}
    assert ask.counters.resolved == 1
    replies = await asyncio.gather(*(ask("/broken/dev") for _ in range(20)))
    assert {reply.status for reply in replies} == {500}


async def test_one_who_asks_after_a_change_does_not_join_those_before(ask: Any) -> None:
    before = asyncio.create_task(ask("/slow/dev"))
    await ask.memory.waiting.get()
    ask.memory.generation, ask.memory.value = object(), "2"
    after = asyncio.create_task(ask("/slow/dev"))
    await ask.memory.waiting.get()
    ask.memory.gate.set()
    assert b'"a":"1"' in (await before).body
    assert b'"a":"2"' in (await after).body
    assert b'"a":"2"' in (await ask("/slow/dev")).body
