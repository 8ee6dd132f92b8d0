"""Which folders are searched, weakest first."""

import pytest

from configserver.environment.search import (
    MAX_LOCATIONS,
    Location,
    git_locations,
    native_locations,
)
from configserver.errors import ConfigError, InvalidRequest
from configserver.query import Query
from configserver.snapshot import DictSnapshot

TREE = DictSnapshot(
    dict.fromkeys(
        [
            *("shared/x", "foo/x", "bar/x", "dev/x", "team-b/x", "team-a/x", "team-Z/x", "team-"),
            *("nested/foo/dev/x", "nested/bar/x", "nested/a-b/x", "nested/a/c/x", "a b/x"),
            *("by/feature/one/x", "größe/x", "[ab]/x", "{a,b}/x"),
        ],
        "",
    )
)


@pytest.mark.parametrize(
    ("search_paths", "name", "profiles", "expected"),
    [
        ([], "foo", "dev", [""]),
        (["/", ".", ""], "foo", "dev", [""]),
        (["shared", "/foo/", "shared"], "foo", "dev", ["", "shared", "foo"]),
        (["missing", "shared/x", "../shared", "a/../shared"], "foo", "dev", [""]),
        (["{application}"], "foo,bar", "dev", ["", "foo", "bar"]),
        (["{application}"], "bar,foo", "dev", ["", "bar", "foo"]),
        (["nested/{application}/{profile}"], "bar,foo", "x,dev", ["", "nested/foo/dev"]),
        (["by/{label}"], "foo", "dev", ["", "by/feature/one"]),
        (["team-*"], "foo", "dev", ["", "team-Z", "team-a", "team-b"]),
        (["nested/*"], "foo", "dev", ["", "nested/a", "nested/a-b", "nested/bar", "nested/foo"]),
        (["nested/*/{profile}"], "foo", "dev", ["", "nested/foo/dev"]),
        (["**/dev"], "foo", "dev", ["", "dev", "nested/foo/dev"]),
        (["nested/a/**"], "foo", "dev", ["", "nested/a/c"]),
        (["tea?-a", "[ab]", "{a,b}"], "foo", "dev", ["", "[ab]", "{a,b}"]),
        (["tea?-*", "[t]eam-*", "{team}-*"], "foo", "dev", [""]),
    ],
)
def test_git(search_paths: list[str], name: str, profiles: str, expected: list[str]) -> None:
    query = Query.parse(name, profiles)
    found = git_locations(search_paths, query, "feature/one", TREE)
    assert [location.path for location in found] == expected


def test_git_names_are_those_of_a_file_uri() -> None:
    found = git_locations(["a b", "größe", "[ab]"], Query("foo", "dev"), "main", TREE)
    assert [location.text for location in found] == ["", "a%20b/", "größe/", "%5Bab%5D/"]


def test_two_stars_walk_all_folders_once_in_the_order_of_their_paths() -> None:
    found = git_locations(["nested/**"], Query("foo", "dev"), "main", TREE)
    assert [location.path for location in found[1:]] == [
        *("nested/a", "nested/a-b", "nested/a/c", "nested/bar", "nested/foo", "nested/foo/dev"),
    ]


def test_the_git_directory_is_never_searched() -> None:
    snapshot = DictSnapshot({".git/x": "", "a/.git/x": ""})
    found = git_locations(["*", "**", ".git", "a/*"], Query("foo", "dev"), "main", snapshot)
    assert [location.path for location in found] == ["", "a"]


def test_the_number_of_folders_is_bounded() -> None:
    many = ",".join(f"n{number}" for number in range(MAX_LOCATIONS // 50 + 1))
    with pytest.raises(InvalidRequest):
        git_locations(["{application}/{profile}"], Query(many, many), "main", TREE)


def test_many_stars_take_little_time() -> None:
    deep = DictSnapshot({"/".join(["a"] * 60) + "/x": ""})
    found = git_locations(["/".join(["**"] * 30)], Query("foo", "dev"), "main", deep)
    assert len(found) == 61


DISK = DictSnapshot(
    dict.fromkeys(
        ["srv/a/rel/x", "srv/a/rel2/x", "srv/b/rel/x", "srv/apps/foo/x", "srv/l/rel/x"], ""
    )
)


@pytest.mark.parametrize(
    ("search_locations", "label", "expected"),
    [
        (["file:/srv/a/", "file:/srv/b"], None, ["file:/srv/a/", "file:/srv/b/"]),
        (["/srv/a"], None, ["/srv/a/"]),
        (["optional:file:/srv/a"], None, ["optional:file:/srv/a/"]),
        (["file:/srv/apps/{application}"], None, ["file:/srv/apps/foo/"]),
        (["file:/srv/l/{label}"], "rel", ["file:/srv/l/rel/"]),
        (["file:/srv/none", "classpath:/x", "relative", "file:/srv/x.yml"], None, []),
        # labels behind all plain locations, the first label last
        (
            ["file:/srv/a", "file:/srv/b"],
            "rel,rel2",
            [
                *("file:/srv/a/", "file:/srv/b/"),
                *("file:/srv/a/rel2/", "file:/srv/a/rel/", "file:/srv/b/rel/"),
            ],
        ),
    ],
)
def test_native(search_locations: list[str], label: str | None, expected: list[str]) -> None:
    found = native_locations(search_locations, Query("foo", "dev", label), DISK)
    assert [location.text for location in found] == expected


def test_native_without_label_folders() -> None:
    query = Query("foo", "dev", "rel")
    found = native_locations(
        ["file:/srv/a", "file:/srv/*/"], query, DISK, add_label_locations=False
    )
    assert found == (Location("srv/a", "file:/srv/a/"), Location("srv/*", "file:/srv/*/"))


@pytest.mark.parametrize(
    ("search_location", "label"), [("file:/srv/l/{label}", "rel,rel2"), ("file:/srv/*/", "rel")]
)
def test_native_refuses_what_the_original_fails_with(search_location: str, label: str) -> None:
    with pytest.raises(ConfigError) as caught:
        native_locations([search_location], Query("foo", "dev", label), DISK)
    assert caught.value.status != 404
