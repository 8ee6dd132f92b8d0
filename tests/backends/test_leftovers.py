"""What earlier runs left on disk stays under the limits."""

import os
from pathlib import Path

import pytest

from configserver.backends.git.mirrors.leftovers import Leftovers, sweep


def mirror(folder: Path, name: str, *, size: int, seen: int | None) -> None:
    place = folder / name / "1"
    place.mkdir(parents=True)
    (place / "pack").write_bytes(b"x" * size)
    if seen is not None:
        (folder / name / "seen").touch()
        os.utime(folder / name / "seen", (seen, seen))


@pytest.mark.parametrize(
    ("max_count", "max_bytes", "kept"),
    [
        (10, 1000, {"a", "b", "c", "never"}),
        (3, 1000, {"a", "b", "c"}),
        (2, 1000, {"b", "c"}),
        (10, 70, {"b", "c"}),
        (10, 35, {"c"}),
        (0, 1000, set()),
        (10, 5, set()),
    ],
)
def test_those_seen_last_stay(
    tmp_path: Path, max_count: int, max_bytes: int, kept: set[str]
) -> None:
    for name, seen in (("a", 10), ("c", 30), ("never", None), ("b", 20)):
        mirror(tmp_path, name, size=30, seen=seen)
    removed = sweep(tmp_path, max_count=max_count, max_bytes=max_bytes)
    assert {place.name for place in tmp_path.iterdir()} == kept
    assert removed == 4 - len(kept)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    folder = tmp_path / "mirrors"
    folder.mkdir()
    (folder / "link").symlink_to(precious)
    assert sweep(folder, max_count=0, max_bytes=0) == 1
    assert (precious / "file").exists()


def test_no_folder_is_nothing_to_remove(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none", max_count=1, max_bytes=1) == 0


@pytest.mark.parametrize(
    ("used", "count", "size", "surplus"),
    [
        ([], 0, 0, []),
        ([], 1, 0, []),
        ([], 2, 0, ["a"]),
        ([], 9, 0, ["a", "b", "c"]),
        (["a"], 2, 30, []),
        (["a"], 3, 30, ["b"]),
        ([], 0, 11, ["a"]),
        (["b"], 1, 61, ["a"]),
    ],
)
def test_those_in_use_and_those_that_are_left_share_the_room(
    tmp_path: Path, used: list[str], count: int, size: int, surplus: list[str]
) -> None:
    """There is room for four mirrors and a hundred bytes."""
    for name, seen in (("a", 10), ("c", 30), ("b", 20)):
        mirror(tmp_path, name, size=30, seen=seen)
    left = Leftovers(tmp_path, max_count=4, max_bytes=100)
    left.find()
    for name in used:
        left.use(name)
    assert [place.name for place in left.surplus(count, size)] == surplus
    assert list(left.surplus(count, size)) == []
