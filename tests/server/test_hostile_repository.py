"""A broken or hostile file: an error that names it, for those who include it and nobody else."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from tests.server.conftest import Serve

_ALIASES = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
_MERGES = "m0: &m0 {k: v}\n" + "".join(
    f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 9)}]\n" for n in range(1, 9)
)

BROKEN: Mapping[str, tuple[str, str | bytes, int | None]] = {
    "a tab": ("bad.yml", "a: 1\nb:\n\tc: 2\n", 3),
    "a key twice": ("bad.yml", "a: 1\na: 2\n", 2),
    "an unknown tag": ("bad.yml", "a: !!python/object:os.system x\n", 1),
    "nested too deeply": ("bad.yml", "a: " + "[" * 60 + "]" * 60, 1),
    "a megabyte of brackets": ("bad.yml", "[" * 1_000_000, 1),
    "nine levels of aliases": ("bad.yml", _ALIASES, None),
    "nine levels of merges": ("bad.yml", _MERGES + "z: *m8\nz: 1\n", None),
    "a million documents": ("bad.yml", "---\na: 1\n" * 1_000_000, None),
    "an alias to itself": ("bad.yml", "a: &a [*a]\n", None),
    "no UTF-8": ("bad.yml", b"a: \xff\xfe\xfa\n", None),
    "a NUL": ("bad.yml", b"a: x\0y\n", None),
    "a control character": ("bad.yml", b"a: \x07\n", None),
    "a bad escape in properties": ("bad.properties", "a=1\nb=\\u12x4\n", 2),
    "XML of another kind": ("bad.xml", "<a>1</a>", None),
    "a legacy profile key": ("bad.yml", "a: 1\nspring.profiles: dev\n", 2),
    "too large": ("bad.yml", b"a: " + b"x" * (17 << 20), None),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_file_is_named_and_breaks_nobody_else(what: str, serve: Serve) -> None:
    name, content, line = BROKEN[what]
    client = await serve({name: content, "good.yml": "a: 1\n", "application.yml": "b: 2\n"})
    for path in ("/bad/dev", "/bad/dev/main", "/bad-dev.yml", "/main/bad-dev.properties"):
        answer = await client.get(path)
        body = await answer.json()
        assert answer.status == 500
        assert body["file"] == name
        assert body["message"]
        assert len(body["commit"]) == 40
        if line is not None:
            assert body["line"] == line
    good = await client.get("/good-dev.properties")
    assert (good.status, await good.text()) == (200, "b: 2\na: 1")


SERVED: Mapping[str, tuple[str, str]] = {
    "a value of four megabytes": ("a: " + "x" * 4_000_000, "a: " + "x" * 4_000_000),
    "ten thousand keys": (
        "".join(f"k{n}: {n}\n" for n in range(10_000)),
        "\n".join(f"k{n}: {n}" for n in range(10_000)),
    ),
    "a byte order mark": ("\ufeffa: 1\n", "a: 1"),
}


@pytest.mark.parametrize("what", SERVED)
async def test_what_is_merely_large_or_odd_is_served(what: str, serve: Serve) -> None:
    content, expected = SERVED[what]
    client = await serve({"big.yml": content})
    answer = await client.get("/big-dev.properties")
    assert (answer.status, await answer.text()) == (200, expected)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a[2000000000]", "x"),
        ("a[99999999999999999999]", "x"),
        ("a" + ".b" * 30_000, "x"),
        ("a", "${b}"),
    ],
)
@pytest.mark.parametrize("suffix", ["yml", "json"])
async def test_a_key_that_would_explode_is_an_error(
    key: str, value: str, suffix: str, serve: Serve
) -> None:
    letters = "bcdefghij"
    laughs = "".join(
        f"{letter}={('${' + after + '}') * 40}\n" for letter, after in pairwise(letters)
    )
    files = {"bad.properties": f"{key}={value}\n{laughs}j=x\n", "good.yml": "a: 1\n"}
    client = await serve(files)
    answer = await client.get(f"/bad-dev.{suffix}")
    assert 400 <= answer.status <= 500
    good = await client.get(f"/good-dev.{suffix}")
    assert good.status == 200


async def test_neighbours_are_served_while_hostile_files_are_looked_at(serve: Serve) -> None:
    files = {"good.yml": "a: 1\n", "bad0.yml": _ALIASES, "bad1.yml": "[" * 1_000_000}
    client = await serve(files)
    paths = [f"/{name}/dev" for name in ("bad0", "bad1", "good")] * 20

    async def status(path: str) -> tuple[str, int]:
        return path, (await client.get(path)).status

    found = set(await asyncio.gather(*map(status, paths)))
    assert found == {("/bad0/dev", 500), ("/bad1/dev", 500), ("/good/dev", 200)}


TRAVERSALS = [
    "/test/pathtraversal/main/..%252f..%252f..%252f..%252f../canary",
    "/a/b/%252f..%252f..%252f..%252fcanary",
    "/a/b/..(_)..",
    "/a/b/..%28_%29..",
    "/a/b/%2E%2E%28%5F%29%2E%2E/canary",
    "/..%252F..%252F..%252F..%252Fcanary%23foo/development",
    "/foo%23/dev",
    "/foo/..",
    "/foo/%2e%2e",
    "/foo/bar,..,foo",
    "/foo/bar,%2e%2e,foo",
    "/(_)spam/default",
    "/a/b/(_)canary",
    "/a/b/main/../canary",
    "/a/b/main/..%2fcanary",
    "/a/b/main/out",
    "/a/b/main/dir/canary",
    "/a/b/main/.git/config",
    "/a/b/main/.git/HEAD",
    "/encrypt/..%2fapp/..%2fdefault",
    "/key/..%2fapp/default",
    "/key/(_)app/default",
    "/a/b/main/file:/canary",
    "/a/b/main/%00",
    "/a/b/main/a%5c..%5ccanary",
]


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_path_leaves_the_repository(path: str, serve: Serve, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "canary").write_text("CANARY-7391")
    (tmp_path / "canary").write_text("CANARY-7391")
    links = {"out": outside / "canary", "dir": outside, "application.yml": Path("../canary")}
    client = await serve({"README.md": "x", **links})
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"CANARY" not in answer
    assert answer.split()[1] in {b"400", b"404"}
