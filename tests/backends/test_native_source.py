"""Plain folders: what is in them, what is kept out, and that edits are seen."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from configserver.backends import native
from configserver.backends.folders import NativeSnapshot, root_of
from configserver.backends.native import NativeSource

pytestmark = pytest.mark.usefixtures("no_blocking")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a served folder beside one that is not, with links of all kinds."""
    for path, text in {
        "served/foo.yml": "a: 1",
        "served/dir/sub/deep.txt": "deep",
        "served/.git/config": "secret",
        "served/..2024/app.yml": "mounted",
        "served-too/near.txt": "secret",
        "outside.txt": "secret",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    served = tmp_path / "served"
    for name, target in {
        "link.yml": "foo.yml",
        "folder": "dir/sub",
        "..data": "..2024",
        "app.yml": "..data/app.yml",
        "absolute.yml": str(served / "foo.yml"),
        "out.txt": "../outside.txt",
        "up": "..",
        "etc": "/etc",
        "loop": "loop",
        "dangling": "nothing",
    }.items():
        (served / name).symlink_to(target)
    os.mkfifo(served / "pipe")
    return served


def inside(root: Path, path: str) -> str:
    return f"{root}/{path}".removeprefix("/")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("foo.yml", b"a: 1"),
        ("link.yml", b"a: 1"),
        ("absolute.yml", b"a: 1"),
        ("folder/deep.txt", b"deep"),
        ("app.yml", b"mounted"),
        ("..data/app.yml", b"mounted"),
    ],
)
def test_files_and_links_within_the_root_are_read(root: Path, path: str, content: bytes) -> None:
    snapshot = NativeSnapshot([str(root)])
    assert snapshot.blob(inside(root, path)) is not None
    assert snapshot.read(inside(root, path)) == content
    assert snapshot.modified(inside(root, path)) == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize(
    "path",
    [
        *("out.txt", "up/outside.txt", "up/served/foo.yml/x", "etc/hostname", "loop", "dangling"),
        *("pipe", "dir", "", "nothing", ".git/config", "../outside.txt", "dir/../foo.yml"),
        *("./foo.yml", "/foo.yml", "foo.yml/", "foo.yml/x", "foo\0.yml", "../served-too/near.txt"),
    ],
)
def test_nothing_else_exists(root: Path, path: str) -> None:
    snapshot = NativeSnapshot([str(root)])
    assert snapshot.blob(inside(root, path)) is None
    with pytest.raises(KeyError):
        snapshot.read(inside(root, path))


@pytest.mark.parametrize("path", ["/outside.txt", "/served-too/near.txt", "/served-too"])
def test_a_neighbour_of_the_root_does_not_exist(root: Path, path: str) -> None:
    snapshot = NativeSnapshot([str(root)])
    place = f"{root.parent}{path}".removeprefix("/")
    assert snapshot.blob(place) is None
    assert not snapshot.is_folder(place)


def test_folders_are_those_that_may_be_entered(root: Path) -> None:
    snapshot = NativeSnapshot([str(root)])
    assert snapshot.folders(inside(root, "").rstrip("/")) == ("..2024", "..data", "dir", "folder")
    assert snapshot.folders("") == ()
    assert snapshot.is_folder("")


def test_a_snapshot_gives_one_content_for_one_id(root: Path) -> None:
    snapshot = NativeSnapshot([str(root)])
    path = inside(root, "foo.yml")
    first = snapshot.blob(path)
    (root / "foo.yml").write_text("a: 2")
    assert (snapshot.blob(path), snapshot.read(path)) == (first, b"a: 1")
    later = NativeSnapshot([str(root)])
    assert later.blob(path) != first
    assert later.read(path) == b"a: 2"


@pytest.mark.parametrize(
    ("location", "root"),
    [
        ("file:/srv/config/", "/srv/config"),
        ("file:///srv/config/", "/srv/config"),
        ("/srv/config/", "/srv/config"),
        ("optional:file:/srv/{application}/", "/srv"),
        ("file:/srv/app-{application}/x/", "/srv"),
        ("file:/srv/*/", "/srv"),
        ("file:./config/", "/base/config"),
        ("config/{label}/", "/base/config"),
        ("file:/{application}/", "/"),
        ("file:/srv/../etc/", "/etc"),
    ],
)
def test_the_root_of_a_location_is_what_stands_before_its_first_variable(
    location: str, root: str
) -> None:
    assert root_of(location, "/base") == root


async def watched(source: NativeSource) -> object:
    """Wait until changes are watched and return the generation."""
    limit = time.monotonic() + 10
    while source.now() is None:
        assert time.monotonic() < limit
        await asyncio.sleep(0.02)
    return source.now()


async def changed(source: NativeSource, before: object) -> None:
    limit = time.monotonic() + 10
    while source.now() is before:
        assert time.monotonic() < limit
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("change", ["edit", "new file", "remove", "swap link", "new folder"])
async def test_a_change_begins_a_new_generation(
    root: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells of it: no look would find it in time."""
    monkeypatch.setattr(native, "_PAUSE", 60.0)

    def make() -> None:
        if change == "edit":
            (root / "foo.yml").write_text("a: 2")
        elif change == "new file":
            (root / "dir" / "new.yml").write_text("n: 1")
        elif change == "remove":
            (root / "dir" / "sub" / "deep.txt").unlink()
        elif change == "new folder":
            (root / "fresh").mkdir()
        else:
            (root / "..2025").mkdir()
            (root / "..data_tmp").symlink_to("..2025")
            (root / "..data_tmp").rename(root / "..data")

    async with NativeSource([str(root)]) as source:
        before = await watched(source)
        assert await source.sync() is before
        await asyncio.to_thread(make)
        await changed(source, before)


async def test_nothing_is_kept_while_a_root_is_missing(root: Path) -> None:
    late = root.parent / "late"
    async with NativeSource([str(root), str(late)]) as source:
        await asyncio.sleep(0.5)
        assert source.now() is None
        assert await source.sync() is not await source.sync()
        await asyncio.to_thread(late.mkdir)
        before = await watched(source)
        await asyncio.to_thread((late / "foo.yml").write_text, "a: 1")
        await changed(source, before)
        await asyncio.to_thread((late / "foo.yml").unlink)
        await asyncio.to_thread(late.rmdir)
        limit = time.monotonic() + 10
        while source.now() is not None:
            assert time.monotonic() < limit
            await asyncio.sleep(0.02)
