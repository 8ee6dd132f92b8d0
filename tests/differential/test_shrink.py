"""The shrinker finds the smallest input that still shows a difference."""

from collections.abc import Sequence

import pytest

from tests.conformance.cases import Request
from tests.differential.generate import Repository
from tests.differential.shrink import minimal, shrink


@pytest.mark.parametrize("needed", [set(), {0}, {7}, {3, 4}, {0, 9}, {1, 5, 8}, set(range(10))])
def test_minimal_keeps_what_is_needed(needed: set[int]) -> None:
    def differs(candidates: Sequence[list[int]]) -> list[bool]:
        return [needed <= set(candidate) for candidate in candidates]

    assert minimal(range(10), differs) == sorted(needed)


def test_shrink_leaves_one_request_one_file_and_the_culprit() -> None:
    def differs(candidates: Sequence[Repository]) -> list[bool]:
        return [
            any(b"1e3" in content for content in candidate.files.values())
            and any(request.path.endswith(".json") for request in candidate.requests)
            for candidate in candidates
        ]

    files = {"application.yml": b"x: 1\n", "foo.yml": "é: yes\nb: 'x 1e3'\nc: \n".encode()}
    whole = Repository(files, (Request("/a.yml"), Request("/a.json"), Request("/a.properties")))
    assert shrink(whole, differs) == Repository({"foo.yml": b"1e3"}, (Request("/a.json"),))


def test_bytes_that_are_no_text_survive() -> None:
    def differs(candidates: Sequence[Repository]) -> list[bool]:
        return [b"\xff" in candidate.files.get("foo.yml", b"") for candidate in candidates]

    whole = Repository({"foo.yml": b"a: \xc3\xa9\nb: \xff\n"}, (Request("/a.yml"),))
    assert shrink(whole, differs).files == {"foo.yml": b"\xff"}
