"""What the original was recorded to answer with many repositories, and what we answer instead."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from configserver.backends import Everything, Router
from configserver.backends.composite import CompositeRouter, Member
from configserver.backends.patterns import Patterns
from configserver.backends.routing import Fixed, GitRouter, Repository
from tests.backends.served import Opener, opener, serving
from tests.conformance.cases import Answer, Case, load_answers, load_cases, load_setups
from tests.conformance.compare import difference, show
from tests.conformance.player import HOST, Running, free_port, places
from tests.conformance.repositories import build

CASES = load_cases()
EXPECTED = load_answers()


async def repository(opener: Opener, name: str, *patterns: str, **options: str) -> Repository:
    search = (options["search"],) if "search" in options else ()
    label = options.get("label", "main")
    backend = await opener.git(name, search_paths=search, default_label=label)
    where = str(opener.root / name)
    return Repository(
        Fixed(backend, f"file://{where}"),
        key=name if patterns else "",
        patterns=Patterns.of(patterns),
        default_label=label,
        workdir=where,
    )


async def patterns(opener: Opener, *, fall_through: bool) -> Router:
    return GitRouter(
        await repository(opener, "cases"),
        [
            await repository(opener, "simple", "simple"),
            await repository(opener, "special", "special*/dev*", "*special*/dev*"),
            await repository(opener, "staging", "*/staging", search="sub"),
            await repository(opener, "local", "local*", label="develop"),
        ],
        fall_through=fall_through,
    )


async def composite(opener: Opener) -> Router:
    return CompositeRouter(
        [
            Member("first", Everything(await opener.git("first"))),
            Member("second", Everything(await opener.git("second", search_paths=("sub",)))),
            Member("native", Everything(await opener.native("third"))),
        ]
    )


async def lenient(opener: Opener) -> Router:
    return CompositeRouter(
        [
            Member("ltwo", Everything(await opener.git("ltwo", search_paths=("sub",)))),
            Member("lone", Everything(await opener.git("lone"))),
            Member("native", Everything(await opener.native("lthree"))),
        ],
        fail_on_error=False,
    )


async def router_of(setup: str, opener: Opener, *, fall_through: bool = True) -> Router:
    if setup == "patterns":
        return await patterns(opener, fall_through=fall_through)
    return await (composite if setup == "composite" else lenient)(opener)


async def played(setup: str, root: Path, *, fall_through: bool = True) -> Sequence[Answer]:
    """Return the answers to all requests of a set-up."""
    cases = [case for case in CASES if case.server == setup]
    known = load_setups()[setup]
    commits = await asyncio.to_thread(build, cases, known.repositories, root / "repos")
    port = free_port()
    running = Running(port, root, commits, places(known, cases, root, port))
    async with opener(root / "repos") as opened:
        router = await router_of(setup, opened, fall_through=fall_through)
        async with serving(router, HOST, port):
            return [
                await asyncio.to_thread(running.ask, case, request)
                for case in cases
                for request in case.requests
            ]


FAILS = {
    ("pat-feature", 1): 404,
    ("pat-feature", 2): 404,
    ("pat-feature", 3): 404,
    ("pat-feature", 4): 404,
    ("pat-feature", 5): 404,
    ("pat-feature", 6): 404,
    ("pat-feature-both", 1): 404,
    ("pat-feature-both", 3): 404,
    ("pat-broken-staging", 0): 500,
    ("pat-broken-staging", 2): 500,
    ("pat-broken-default", 0): 500,
    ("pat-broken-default", 1): 404,
    ("pat-broken-default", 2): 500,
    ("pat-empty-default", 2): 404,
    ("pat-labels", 3): 404,
    ("pat-labels", 5): 404,
}
"""Requests whose repository lacks the label (404) or holds a broken file (500), where the original
answers with the default repository's configuration."""


def asked(setup: str) -> Iterator[tuple[Case, int]]:
    for case in CASES:
        if case.server == setup:
            yield from ((case, index) for index in range(len(case.requests)))


@pytest.mark.parametrize("setup", ["patterns", "composite", "composite-lenient"])
async def test_the_recorded_answers_are_given(setup: str, tmp_path: Path) -> None:
    problems: list[str] = []
    for (case, index), got in zip(asked(setup), await played(setup, tmp_path), strict=True):
        expected, request = EXPECTED[case.id, index], case.requests[index]
        problem = difference(expected, got, request)
        if problem:
            problems += [f"{case.id} {request.path}: {problem}", show(expected, got)]
    assert not problems, "\n".join(problems)


async def test_without_the_switch_a_repository_that_fails_is_never_stood_in_for(
    tmp_path: Path,
) -> None:
    """All other answers are the recorded ones."""
    answers = await played("patterns", tmp_path, fall_through=False)
    failed: dict[tuple[str, int], int] = {}
    for (case, index), got in zip(asked("patterns"), answers, strict=True):
        if difference(EXPECTED[case.id, index], got, case.requests[index]):
            failed[case.id, index] = got.status
            named = re.search(r'"repository":"([^"]*)"', got.text or "")
            assert named is None or named[1] != "{repo:cases}"
    assert failed == FAILS
