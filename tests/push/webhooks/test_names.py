"""The applications guessed from paths; the original's answers are among the recorded cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidRequest
from configserver.push.webhooks.names import MAX_PATHS, guess_names


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("foo.yml", ("foo",)),
        ("a/b\\foo-local-dev.yml", ("foo-local-dev", "foo-local", "foo")),
        ("application-local.yml", ("application-local", "*")),
        ("foo.tar.gz", ("foo.tar",)),
        ("-.yml", ("-", "")),
        ("", ("",)),
        ("a/", ("",)),
        ("dir.d/foo", ("foo",)),
    ],
)
def test_a_name_for_each_hyphen(path: str, names: tuple[str, ...]) -> None:
    assert guess_names([path]) == names


def test_a_name_is_listed_once() -> None:
    assert guess_names(["b.yml", "a-b.yml", "a.yml", "b.json"]) == ("b", "a-b", "a")


@pytest.mark.parametrize(
    "paths",
    [
        ["-" * 300],
        ["a"] * (MAX_PATHS + 1),
        [f"{number}{'-' * 250}" for number in range(1000)],
    ],
    ids=["length", "number", "hyphens"],
)
def test_more_than_any_commit_has_is_refused(paths: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        guess_names(paths)


@given(st.text(max_size=100))
def test_names_get_shorter_by_a_part_each(path: str) -> None:
    names = guess_names([path])
    assert names
    assert len(set(names)) == len(names)
    assert all("/" not in name and "\\" not in name for name in names)
