"""Plain files: which variant is served, and which paths never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.files import find_file
from configserver.environment.search import Location
from configserver.errors import InvalidRequest, NoSuchFile
from configserver.query import Query
from configserver.snapshot import DictSnapshot

ROOT = (Location("", ""),)
TREE = DictSnapshot(
    dict.fromkeys(
        [
            *("nginx.conf", "nginx-dev.conf", "nginx-prod.conf", "a.tar.gz", "a.tar-dev.gz"),
            *("Makefile", "Makefile-dev", ".hidden", "-dev.hidden", "x.", "x-dev.", "only-dev.txt"),
            *(
                "dir.d/file",
                "dir.d/file-dev",
                "sub/a.txt",
                "sub/a-dev.txt",
                "sub/b-dev.txt",
                "a.txt",
            ),
            *(".git/config", "WEB-INF/web.xml", "a b.txt", "a%20b.txt"),
        ],
        "",
    )
)


@pytest.mark.parametrize(
    ("profiles", "path", "expected"),
    [
        ("dev", "nginx.conf", "nginx-dev.conf"),
        ("prod,dev", "nginx.conf", "nginx-prod.conf"),
        ("other,dev", "nginx.conf", "nginx-dev.conf"),
        ("default,dev", "nginx.conf", "nginx.conf"),
        ("Default", "nginx.conf", "nginx.conf"),
        ("dev,default", "nginx.conf", "nginx-dev.conf"),
        ("other", "nginx.conf", "nginx.conf"),
        ("prod", "nginx-dev.conf", "nginx-dev.conf"),
        ("dev", "a.tar.gz", "a.tar-dev.gz"),
        ("dev", "Makefile", "Makefile-dev"),
        ("dev", ".hidden", "-dev.hidden"),
        ("dev", "x.", "x-dev."),
        ("dev", "dir.d/file", "dir.d/file-dev"),
        ("dev", "only.txt", "only-dev.txt"),
        ("prod", "only.txt", None),
        ("dev", "nginx.conf/", "nginx.conf"),
        ("dev", "./nginx.conf", "nginx-dev.conf"),
        ("dev", "sub", None),
        ("dev", "NGINX.conf", None),
        ("dev", "sub(_)a.txt", None),
        ("dev", "", None),
        ("dev", "a%20b.txt", "a%20b.txt"),
    ],
)
def test_variants(profiles: str, path: str, expected: str | None) -> None:
    assert find_file(TREE, ROOT, Query("foo", profiles), path) == expected


@pytest.mark.parametrize(
    ("reverse", "path", "expected"),
    [
        (False, "a.txt", "a.txt"),
        (True, "a.txt", "sub/a-dev.txt"),
        (False, "b.txt", "sub/b-dev.txt"),
        (True, "nginx.conf", "nginx-dev.conf"),
    ],
)
def test_the_weakest_folder_comes_first(reverse: bool, path: str, expected: str) -> None:
    locations = (*ROOT, Location("sub", "sub/"))
    assert find_file(TREE, locations, Query("foo", "dev"), path, reverse=reverse) == expected


@pytest.mark.parametrize(
    "path",
    [
        *("../a.txt", "sub/../a.txt", "a..txt", "%2e%2e/a.txt", "%252e%252e/a.txt", "..%2fa.txt"),
        *("/a.txt", "//a.txt", "sub//a.txt", "sub\\a.txt", "%5ca.txt", "(_)a.txt", "%28_)a.txt"),
        *(".git/config", "x/.git", "%2egit/config", "WEB-INF/web.xml", "META-INF/m", "a.txt\0"),
        *("a%00", "a\n.txt", "a#b", "a%23b", "file:/etc/passwd", "http://localhost/a.txt"),
    ],
)
def test_refused(path: str) -> None:
    with pytest.raises(NoSuchFile):
        find_file(TREE, ROOT, Query("foo", "dev"), path)


def test_a_stray_percent_sign_is_refused_otherwise() -> None:
    with pytest.raises(InvalidRequest):
        find_file(TREE, ROOT, Query("foo", "dev"), "a%b.txt")


@given(st.text("a./\\%2eE5cgit_()#", max_size=16))
def test_what_is_found_is_never_outside_or_private(path: str) -> None:
    try:
        found = find_file(TREE, ROOT, Query("foo", "dev"), path)
    except (NoSuchFile, InvalidRequest):
        return
    assert found is None or not {"..", ".git", "WEB-INF"} & set(found.split("/"))
