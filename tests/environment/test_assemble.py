"""The order of property sources, strongest first, and what files say about it."""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.assemble import MAX_PLACES, assemble
from configserver.environment.naming import GitNaming, NativeNaming
from configserver.environment.search import Location, git_locations
from configserver.errors import ConfigError, InvalidFile, InvalidRequest
from configserver.formats import parse
from configserver.model import Document
from configserver.query import Query
from configserver.snapshot import DictSnapshot

Serve = Callable[..., list[str]]


def plain(*paths: str) -> dict[str, str]:
    return {path: "a=1" if path.endswith("properties") else "a: 1" for path in paths}


@pytest.mark.parametrize(
    ("name", "profiles", "search_paths", "paths"),
    [
        pytest.param(
            *("foo", "dev", []),
            ["foo-dev.yml", "application-dev.yml", "foo.yml", "application.yml"],
            id="profile before application before shared",
        ),
        pytest.param(
            *("foo", "dev,mysql", []),
            ["foo-mysql.yml", "application-mysql.yml", "foo-dev.yml", "foo.yml"],
            id="the last profile wins",
        ),
        pytest.param(
            *("foo,bar", "dev", []),
            ["bar-dev.yml", "foo-dev.yml", "bar.yml", "foo.yml", "application.yml"],
            id="the last application wins",
        ),
        pytest.param(
            *("foo", "dev", []),
            ["foo.properties", "foo.yml", "foo.yaml", "application.properties"],
            id="extensions",
        ),
        pytest.param(
            *("foo", "dev", ["sub"]),
            ["foo-dev.yml", "sub/application.yml", "foo.yml", "application.yml"],
            id="a later folder's shared file before the root's application",
        ),
        pytest.param(
            *("foo", "dev", ["{application}", "{profile}"]),
            ["dev/foo.yml", "foo/foo.yml", "foo/application.yml", "application.yml"],
            id="folders of applications and profiles",
        ),
        pytest.param(
            *("org/app", "dev", []),
            ["org/app-dev.yml", "org/app.yml", "application.yml"],
            id="a name with a slash",
        ),
        pytest.param(
            *("application", "default", []),
            ["application-default.yml", "application.yml"],
            id="default is a profile",
        ),
        pytest.param(*("foo", "dev", []), [], id="nothing"),
    ],
)
def test_order(
    serve: Serve, name: str, profiles: str, search_paths: list[str], paths: list[str]
) -> None:
    others = plain("bar-x.yml", "foo.json", "foo.YML", "other/foo.yml", "foo-prod.yml")
    files = {path: "a=1" if path.endswith("properties") else "a: 1" for path in reversed(paths)}
    assert serve(others | files, name, profiles, search_paths) == paths


NAMES, PROFILES = ("application", "foo", "bar"), ("dev", "x", "default")
FOLDERS, EXTENSIONS = ("", "shared/", "team/"), (".yaml", ".yml", ".properties")
ALL = {
    f"{folder}{name}{suffix}{extension}": (at != 0, at, *key)
    for (at, suffix), *rest in product(
        enumerate(("", *(f"-{profile}" for profile in PROFILES))),
        enumerate(FOLDERS),
        enumerate(NAMES),
        enumerate(EXTENSIONS),
    )
    for key in [tuple(rank for rank, _ in rest)]
    for folder, name, extension in [tuple(word for _, word in rest)]
}
"""Every file that may be found, with its rank: profile, folder, name, extension."""


@given(st.sets(st.sampled_from(sorted(ALL))))
def test_without_keys_of_its_own_each_file_stands_in_its_rank(paths: set[str]) -> None:
    snapshot = DictSnapshot(plain(*paths))
    query = Query.parse("foo,bar", "dev,x,default")
    found = assemble(
        query,
        git_locations(["shared", "team"], query, "main", snapshot),
        snapshot,
        documents=lambda _: (Document({"a": 1}),),
        naming=GitNaming("repo", "/clone"),
    )
    assert [source.path for source in found] == sorted(paths, key=ALL.__getitem__, reverse=True)


def test_documents_of_a_file_stand_in_its_place_the_last_one_first(serve: Serve) -> None:
    files = {
        "application.yml": "a: 1\n---\nspring.config.activate.on-profile: dev\na: 2\n",
        "foo.properties": "a=1\n#---\nspring.config.activate.on-profile=prod\n#---\na=3\n",
    }
    assert serve(files) == [
        *("foo.properties#2", "foo.properties#0", "application.yml#1", "application.yml#0"),
    ]


def test_properties_are_those_of_the_document() -> None:
    document = Document({"b": 1, "a": "${b}"})
    snapshot = DictSnapshot({"foo.yml": ""})
    (source,) = assemble(
        Query("foo", "dev"),
        (Location("", ""),),
        snapshot,
        documents=lambda _: (document,),
        naming=NativeNaming(),
    )
    assert source.properties is document.properties
    assert source.origins is document.origins
    assert (source.name, source.path) == ("file:/foo.yml", "foo.yml")


def conditional(**keys: str) -> str:
    lines = "".join(f"spring.{key.replace('_', '.')}: {value}\n" for key, value in keys.items())
    return f"w: 1\n---\nspring.config.activate.on-profile: dev\n{lines}"


BROKEN = [
    pytest.param({"foo.yml": "spring.profiles: dev"}, id="legacy"),
    pytest.param({"foo.yml": "a: 1\n---\nspring.profiles: [prod]"}, id="legacy list"),
    pytest.param({"foo.yml": conditional(profiles="prod")}, id="legacy in a document"),
    pytest.param({"foo-dev.yml": "spring.profiles.include: x"}, id="include in a profile's file"),
    pytest.param({"foo-dev.yml": "spring.profiles.active: [x]"}, id="active in a profile's file"),
    pytest.param({"foo-dev.yml": "spring.profiles.default: x"}, id="default in a profile's file"),
    pytest.param({"foo.yml": conditional(profiles_include="x")}, id="include with a condition"),
    pytest.param({"foo.yml": conditional(profiles_validate="no")}, id="validate with a condition"),
    pytest.param({"foo.yml": conditional(main_cloudPlatform="x")}, id="platform with a condition"),
    pytest.param({"foo.yml": "spring.profiles.include: x y"}, id="blank in an include"),
    pytest.param({"foo.yml": "spring.profiles.include: ['']"}, id="empty include"),
    pytest.param({"foo.yml": "spring.profiles.group.x: '!y'"}, id="bad member of a group"),
    pytest.param({"foo.yml": "spring.profiles.group: x"}, id="a group without a name"),
    pytest.param({"foo.yml": "spring.profiles.default: x y"}, id="bad default"),
    pytest.param({"foo.yml": "'spring.profiles.include[1]': x"}, id="list with a gap"),
    pytest.param({"foo.yml": "spring.profiles.include: [[x]]"}, id="list in a list"),
    pytest.param({"foo.yml": "spring.profiles.validate: maybe"}, id="no boolean"),
    pytest.param({"foo.yml": "spring.config.activate.on-profile: ()"}, id="malformed"),
    pytest.param({"foo.yml": "spring.config.activate: dev"}, id="no map"),
    pytest.param({"foo.yml": "spring.config:"}, id="nothing below"),
    pytest.param({"foo.yml": "spring.config.activate.on-cloud-platform: x"}, id="no platform"),
    pytest.param(
        {"foo.yml": "spring.config.activate.on-profile: ${x}\n---\n" + conditional() + "x: dev\n"},
        id="placeholder for a key with a condition",
    ),
    pytest.param(
        {"foo.yml": "on: ${a}\nspring.config.import: ${a}.yml\na: ${b}\nb: ${a}"}, id="circle"
    ),
    pytest.param({"foo.yml": "spring.config.import: x.json"}, id="unknown extension"),
    pytest.param({"foo.yml": "spring.config.import: sub"}, id="folder without slash"),
    pytest.param({"foo.yml": "spring.config.import: nosuch:thing"}, id="unknown prefix"),
    pytest.param({"foo.yml": "spring.config.import: '*/*/'"}, id="two wildcards"),
    pytest.param({"foo.yml": "spring.config.import: '*.yml'"}, id="wildcard in a name"),
    pytest.param({"foo.yml": "a: 'x"}, id="does not parse"),
]


@pytest.mark.parametrize("files", BROKEN)
def test_refused_with_the_name_of_the_file(serve: Serve, files: dict[str, str]) -> None:
    with pytest.raises(InvalidFile) as caught:
        serve(files)
    assert caught.value.status == 500
    assert caught.value.path in (*files, None)


def test_the_error_says_where(serve: Serve) -> None:
    with pytest.raises(InvalidFile) as caught:
        serve({"foo.yml": "a: 1\nspring.profiles.include: x y\n"})
    assert str(caught.value).startswith("foo.yml:2:26: 'spring.profiles.include' is ")
    assert "x y" not in str(caught.value)


def test_a_broken_file_breaks_only_who_includes_it(serve: Serve) -> None:
    files = {"bar.yml": "a: 'x", "foo-prod.yml": "spring.profiles: x"} | plain("foo.yml")
    assert serve(files) == ["foo.yml"]
    with pytest.raises(ConfigError):
        serve(files, "bar")


def test_the_places_to_look_at_are_bounded() -> None:
    many = ",".join(f"n{number}" for number in range(400))
    snapshot = DictSnapshot({})
    assert MAX_PLACES < 400 * 400 * 4 * 2
    with pytest.raises(InvalidRequest):
        assemble(
            Query(many, many),
            (Location("", ""),),
            snapshot,
            documents=lambda path: parse(path, snapshot.read(path)),
            naming=NativeNaming(),
        )
