"""Which names files are for, and which files differ."""

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.backends.git.differences import changed_paths
from configserver.backends.git.repository import Repository
from configserver.environment.assemble import assemble
from configserver.environment.naming import GitNaming
from configserver.environment.search import git_locations
from configserver.formats.cache import DocumentCache
from configserver.push.comparison.affected import guessed, never_asked
from configserver.query import Query
from configserver.snapshot import DictSnapshot
from tests.backends.conftest import GitRepository

NAMES = st.from_regex(r"[a-z]{1,3}(-[a-z]{1,2})?", fullmatch=True)
ENDINGS = st.sampled_from((".yml", ".yaml", ".properties"))


@given(
    st.lists(NAMES, min_size=1, max_size=2),
    st.lists(NAMES, min_size=1, max_size=2),
    st.data(),
)
def test_every_file_that_is_found_for_an_application_is_guessed_back(
    names: list[str], profiles: list[str], data: st.DataObject
) -> None:
    """Nobody who is served a file is forgotten when it changes: by name, or as everybody."""
    stems = [
        *names,
        "application",
        *(f"{n}-{p}" for n in (*names, "application") for p in profiles),
    ]
    folders = data.draw(st.lists(st.sampled_from(("", "x/", f"{names[0]}/")), unique=True))
    files = {
        f"{folder}{stem}{data.draw(ENDINGS)}": "k: 1\n" for folder in folders for stem in stems
    }
    snapshot = DictSnapshot(files)
    query = Query(",".join(names), ",".join(profiles))
    documents = DocumentCache(1 << 20)
    found = assemble(
        query,
        git_locations(("x", "{application}"), query, "main", snapshot),
        snapshot,
        documents=lambda path: documents.documents(snapshot, path),
        naming=GitNaming("uri", "/work"),
    )
    for source in found:
        assert source.path is not None
        assert {*query.applications, "*"} & set(guessed([source.path])), source.path


@pytest.mark.parametrize(
    ("paths", "known", "expected"),
    [
        (["shop-dev.yml"], [], ("shop-dev", "shop")),
        (["shop-dev.yml"], ["shop"], ("shop-dev",)),
        (["application.yml"], [], ("*",)),
        (["application.yml"], ["shop"], ()),
        (["application.yml", "mail.yml"], ["shop"], ("mail",)),
        (None, [], ("*",)),
        (None, ["shop"], ()),
        (["x" * 300 + ".yml"], [], ("*",)),
    ],
)
def test_names_of_those_who_never_asked(
    paths: list[str] | None, known: list[str], expected: tuple[str, ...]
) -> None:
    """Who asked is compared; everybody is called only if nobody did."""
    assert never_asked(guessed(paths), set(known)) == expected


async def test_files_that_differ_between_commits(repository: GitRepository) -> None:
    """Edited, new, deleted, turned into a folder; never those that are the same."""
    first = repository.commit({"a.yml": "1", "b/c.yml": "1", "b/d.yml": "1", "e": "1", "f/g": "1"})
    repository.git("rm", "-q", "-r", "e", "f")
    second = repository.commit(
        {"a.yml": "2", "b/c.yml": "2", "e/x.yml": "1", "f": "1", "n.yml": "1"}
    )
    repository.git("tag", "-a", "-m", "t", "v1", first)
    tag = repository.git("rev-parse", "v1")

    def paths(moved: Mapping[str, tuple[str | None, str | None]], most: int) -> set[str] | None:
        opened = Repository(str(repository.path))
        try:
            found = changed_paths(opened, moved, most)
            return None if found is None else set(found)
        finally:
            opened.close()

    edited = {"a.yml", "b/c.yml", "e", "e/x.yml", "f", "f/g", "n.yml"}
    moved = {"refs/heads/main": (first, second)}
    assert await asyncio.to_thread(paths, moved, 7) == edited
    assert await asyncio.to_thread(paths, moved, 6) is None
    assert await asyncio.to_thread(paths, {"refs/tags/v1": (tag, second)}, 10) == edited
    assert await asyncio.to_thread(paths, {"refs/heads/new": (None, second)}, 10) == set()
    assert await asyncio.to_thread(paths, {"refs/heads/main": ("0" * 40, second)}, 10) is not None
    assert await asyncio.to_thread(paths, {}, 10) == set()
