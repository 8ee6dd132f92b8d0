"""A repository in memory, and what is served from it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pytest

from configserver.environment.assemble import assemble
from configserver.environment.naming import GitNaming
from configserver.environment.search import git_locations
from configserver.formats import parse
from configserver.model import PropertySource
from configserver.query import Query
from configserver.snapshot import DictSnapshot

Serve: TypeAlias = Callable[..., list[str]]


def sources(
    files: Mapping[str, str],
    name: str = "foo",
    profiles: str = "dev",
    search_paths: Sequence[str] = (),
) -> tuple[PropertySource, ...]:
    snapshot = DictSnapshot(files)
    query = Query.parse(name, profiles, "main")
    return assemble(
        query,
        git_locations(search_paths, query, "main", snapshot),
        snapshot,
        documents=lambda path: parse(path, snapshot.read(path)),
        naming=GitNaming("repo", "/clone"),
    )


@pytest.fixture
def serve() -> Serve:
    """Return what serves files: for each source its path, with `#n` if it is one of several."""

    def served(
        files: Mapping[str, str],
        name: str = "foo",
        profiles: str = "dev",
        search_paths: Sequence[str] = (),
    ) -> list[str]:
        return [
            f"{source.path}{source.name.partition('(document ')[2].rstrip(')')}"
            for source in sources(files, name, profiles, search_paths)
        ]

    return served
