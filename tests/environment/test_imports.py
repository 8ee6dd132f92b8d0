"""`spring.config.import` in served files: what is found, where it stands, what is never read."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.assemble import assemble
from configserver.environment.imports import cleaned
from configserver.environment.naming import NativeNaming
from configserver.environment.search import Location
from configserver.formats import parse
from configserver.query import Query
from configserver.snapshot import DictSnapshot

Serve = Callable[..., list[str]]
FILES = {
    **dict.fromkeys(("a.yml", "b.yml", "c.yaml", "db.yml", "db-dev.yml", "raw"), "w: 1"),
    **dict.fromkeys(("conf/a.yml", "conf/foo.yml", "conf/foo-dev.yml", "x y.yml"), "w: 1"),
    **dict.fromkeys(("conf/application.yml", "other/a.yml", "other/foo.yml"), "w: 1"),
    "b.properties": "w=1",
}


@pytest.mark.parametrize(
    ("import_", "expected"),
    [
        ("a.yml", ["a.yml", "foo.yml"]),
        ("optional:a.yml", ["a.yml", "foo.yml"]),
        ("./conf/../a.yml", ["a.yml", "foo.yml"]),
        ("[a.yml, b.properties, c.yaml]", ["c.yaml", "b.properties", "a.yml", "foo.yml"]),
        ("'a.yml, b.properties'", ["b.properties", "a.yml", "foo.yml"]),
        ("a.yml;b.properties;", ["b.properties", "a.yml", "foo.yml"]),
        ("[a.yml, ./a.yml, 'optional:a.yml', '']", ["a.yml", "foo.yml"]),
        ("[none.yml, 'optional:none.yml', optional:none]", ["foo.yml"]),
        ("''", ["foo.yml"]),
        ("{a: a.yml}", ["foo.yml"]),
        ("foo.yml", ["foo.yml"]),
        ("a.YML", ["a.yml", "foo.yml"]),
        ("raw[.yml]", ["raw", "foo.yml"]),
        ("resource:a.yml", ["a.yml", "foo.yml"]),
        ("x%20y.yml", ["x y.yml", "foo.yml"]),
        ("conf\\a.yml", ["conf/a.yml", "foo.yml"]),
        ("${d}/a.yml", ["conf/a.yml", "foo.yml"]),
        ("${missing:a}.yml", ["a.yml", "foo.yml"]),
        ("${missing}.yml", ["foo.yml"]),
        ("db-${spring.profiles.active}.yml", ["db-dev.yml", "foo.yml"]),
        # profile variants stand with the files of profiles
        ("db.yml", ["db-dev.yml", "db.yml", "foo.yml"]),
        ("conf/", ["conf/foo-dev.yml", "conf/foo.yml", "conf/application.yml", "foo.yml"]),
        ("'*/a.yml'", ["other/a.yml", "conf/a.yml", "foo.yml"]),
        ("none/", ["foo.yml"]),
        # never read, never called
        ("../a.yml", ["foo.yml"]),
        ("conf/../../clone/a.yml", ["foo.yml"]),
        ("'%2e%2e/a.yml'", ["foo.yml"]),
        ("/a.yml", ["foo.yml"]),
        ("file:/etc/a.yml", ["foo.yml"]),
        ("file:a.yml", ["foo.yml"]),
        ("http://localhost:1/a.yml", ["foo.yml"]),
        ("http://localhost:1/", ["foo.yml"]),
        ("'configserver:http://localhost:1'", ["foo.yml"]),
        ("'configserver:'", ["foo.yml"]),
        ("configtree:/etc/", ["foo.yml"]),
        ("env:PATH", ["foo.yml"]),
        ("classpath:a.yml", ["foo.yml"]),
        ("nosuch:a.yml", ["foo.yml"]),
        # the working directory's own paths lead into the repository
        ("file:/clone/a.yml", ["a.yml", "foo.yml"]),
        ("/clone/conf/a.yml", ["conf/a.yml", "foo.yml"]),
        ("/clone/../clone/a.yml", ["foo.yml"]),
    ],
)
def test_forms(serve: Serve, import_: str, expected: list[str]) -> None:
    assert serve(FILES | {"foo.yml": f"spring.config.import: {import_}\nd: conf\n"}) == expected


def importing(*targets: str) -> str:
    return f"spring.config.import: [{', '.join(targets)}]\n"


@pytest.mark.parametrize(
    ("files", "name", "profiles", "expected"),
    [
        pytest.param(
            {"foo.yml": importing("conf/x.yml"), "conf/x.yml": importing("a.yml", "../b.yml")},
            *("foo", "dev", ["b.yml", "conf/a.yml", "conf/x.yml", "foo.yml"]),
            id="relative to the importer",
        ),
        pytest.param(
            {
                "foo.yml": importing("x.yml"),
                "x.yml": importing("y.yml"),
                "y.yml": importing("x.yml"),
            },
            *("foo", "dev", ["y.yml", "x.yml", "foo.yml"]),
            id="a circle ends",
        ),
        pytest.param(
            {
                "application.yml": importing("a.yml"),
                "foo.yml": importing("application.yml", "a.yml"),
            },
            *("foo", "dev", ["a.yml", "foo.yml", "application.yml"]),
            id="once, where first met",
        ),
        pytest.param(
            {"foo-dev.yml": importing("db.yml")},
            *("foo", "dev", ["db-dev.yml", "db.yml", "foo-dev.yml"]),
            id="by a file of a profile",
        ),
        pytest.param(
            {"foo.yml": importing("db.yml"), "foo-dev.yml": "w: 1"},
            *("foo", "dev", ["db-dev.yml", "foo-dev.yml", "db.yml", "foo.yml"]),
            id="variants before the importer's own",
        ),
        pytest.param(
            {
                "foo.yml": importing("p.yml") + "---\nw: 2",
                "p.yml": "spring.profiles.include: dev\n---\nw: 1",
                "p-dev.yml": "w: 1",
            },
            *("foo", "x", ["p-dev.yml", "foo.yml#1", "p.yml#1", "p.yml#0", "foo.yml#0"]),
            id="an imported file includes a profile",
        ),
        pytest.param(
            {
                "foo.yml": "w: 1\n---\nspring.config.activate.on-profile: prod\n"
                + importing("broken.yml"),
                "broken.yml": "spring.profiles: x",
            },
            *("foo", "dev", ["foo.yml#0"]),
            id="by a document that is not active",
        ),
        pytest.param(
            {
                "foo.yml": importing("a.yml"),
                "a.yml": importing("b.yml"),
                "a-dev.yml": "w: 1",
                "b-dev.yml": "w: 1",
                "foo-dev.yml": importing("c.yml", "b.yml"),
                "c-dev.yml": "w: 1",
            },
            "foo",
            "dev",
            ["a-dev.yml", "c-dev.yml", "foo-dev.yml", "b-dev.yml", "b.yml", "a.yml", "foo.yml"],
            id="variants rise once only",
        ),
    ],
)
def test_order(
    serve: Serve, files: dict[str, str], name: str, profiles: str, expected: list[str]
) -> None:
    assert serve(FILES | files, name, profiles) == expected


def test_a_long_chain_takes_little_time(serve: Serve) -> None:
    length = 1100
    files = {f"{at}.yml": f"spring.config.import: {at + 1}.yml" for at in range(length)}
    assert len(serve(files | {"foo.yml": importing("0.yml")})) == length + 1


def test_native_imports_stay_below_the_search_locations() -> None:
    snapshot = DictSnapshot(
        {
            "srv/a/foo.yml": importing("../b/x.yml", "../c/x.yml", "/srv/b/y.yml", "/srv/c/y.yml"),
            **{f"srv/{folder}/{name}.yml": "w: 1" for folder in "bc" for name in "xy"},
        }
    )
    found = assemble(
        Query("foo", "dev"),
        (Location("srv/b", "file:/srv/b/"), Location("srv/a", "file:/srv/a/")),
        snapshot,
        documents=lambda path: parse(path, snapshot.read(path)),
        naming=NativeNaming(),
    )
    assert [source.path for source in found] == [
        *("srv/b/y.yml", "srv/b/x.yml", "srv/a/foo.yml"),
    ]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("/a.yml", "a.yml"),
        ("//a/./b//c.yml", "a/b/c.yml"),
        ("/a/../b.yml", "b.yml"),
        ("/a%2Fb.yml", "a/b.yml"),
        ("/", ""),
        ("/..", None),
        ("/a/../../b.yml", None),
        ("/%2e%2e/b.yml", None),
        ("/..\\b.yml", None),
        ("a.yml", None),
    ],
)
def test_cleaned(place: str, path: str | None) -> None:
    assert cleaned(place) == path


@given(st.text("a./\\%2eF", max_size=20))
def test_a_cleaned_place_stays_inside(place: str) -> None:
    path = cleaned(f"/{place}")
    assert path is None or not {"..", "."} & set(path.split("/"))
