"""The names of sources on the wire."""

import pytest

from configserver.environment.naming import GitNaming, Naming, NativeNaming

GIT = GitNaming("https://host/repo", "/clone/tree")
DOCUMENT = "https://host/repo/Config resource 'file [/clone/tree/"


@pytest.mark.parametrize(
    ("naming", "path", "location", "index", "name"),
    [
        (GIT, "conf/foo.yml", "conf/", None, "https://host/repo/conf/foo.yml"),
        (GIT, "a[b].yml", "", None, "https://host/repo/a[b.yml"),
        (GIT, "foo.yml", "", 0, f"{DOCUMENT}foo.yml' via location '' (document #0)"),
        (GIT, "c/x.yml", "c/", 1, f"{DOCUMENT}c/x.yml' via location 'c/' (document #1)"),
        (
            GIT,
            "m.yml",
            "optional:m.yml",
            1,
            f"{DOCUMENT}m.yml' via location 'optional:m.yml' (document #1)",
        ),
        (
            GIT,
            "m.yml",
            "file:/clone/tree/m.yml",
            1,
            f"{DOCUMENT}m.yml' via location 'm.yml' (document #1)",
        ),
        (GitNaming("file:///r/", "/r"), "foo.yml", "", None, "file:///r//foo.yml"),
        (NativeNaming(), "srv/foo.yml", "file:/srv/", None, "file:/srv/foo.yml"),
        (NativeNaming(), "srv/a]b.yml", "file:/srv/", None, "file:/srv/ab.yml"),
        (NativeNaming(), "srv/a[b].yml", "file:/srv/", None, "file:/srv/a[b].yml]"),
        (
            *(NativeNaming(), "srv/foo.yml", "file:/srv/", 2),
            "Config resource 'file [/srv/foo.yml]' via location 'file:/srv/' (document #2)",
        ),
    ],
)
def test_name(naming: Naming, path: str, location: str, index: int | None, name: str) -> None:
    assert naming.name(path, location, index) == name


@pytest.mark.parametrize(
    ("naming", "path", "inside"),
    [
        (GIT, "/clone/tree/a.yml", "a.yml"),
        (GIT, "/clone/treetop/a.yml", None),
        (GIT, "/a.yml", None),
        (NativeNaming(), "/srv/a.yml", "srv/a.yml"),
    ],
)
def test_inside(naming: Naming, path: str, inside: str | None) -> None:
    assert naming.inside(path) == inside
