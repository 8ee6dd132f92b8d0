"""The folder of a mirror: generations, what is whole, what is removed, what is refused."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from configserver.backends.git.mirrors.folder import MirrorFolder, mirror_name
from configserver.backends.git.mirrors.mirror import Mirror
from configserver.errors import BackendFailure
from tests.backends.conftest import GitRepository

Damage = Callable[[Path], object]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mirrors" / "config-1"


@pytest.fixture
def folder(tmp_path: Path, place: Path) -> Iterator[MirrorFolder]:
    with closing(MirrorFolder(tmp_path / "state", place, "https://example.org/config")) as made:
        yield made


@pytest.fixture
def clone(repository: GitRepository) -> Callable[[Path], str]:
    """Return what makes a mirror of a repository with two packs at a path."""

    def make(path: Path) -> str:
        commit = repository.commit({"n.txt": str(path.name), "a/b.txt": "x" * 10_000})
        run = ["git", "clone", "-q", "--mirror", str(repository.path), str(path)]
        subprocess.run(run, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
        for command in ("repack", "pack-refs"):
            arguments = ["-adq"] if command == "repack" else ["--all"]
            subprocess.run(["git", command, *arguments], cwd=path, check=True)
        return commit

    return make


def generation(place: Path, number: int, clone: Callable[[Path], str]) -> str:
    place.mkdir(parents=True, exist_ok=True)
    return clone(place / str(number))


def opened(folder: MirrorFolder) -> tuple[str, str] | None:
    """Return name and commit of the generation that is opened."""
    mirror = folder.open()
    if mirror is None:
        return None
    with closing(mirror):
        return mirror.path.name, mirror.refs().ids["refs/heads/main"]


def pack(path: Path, suffix: str = ".pack") -> Path:
    return next((path / "objects" / "pack").glob(f"*{suffix}"))


def cut(path: Path, size: int) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.truncate(size if size > 0 else path.stat().st_size + size)


def overwrite(path: Path, text: str) -> None:
    path.write_text(text)


def test_nothing_is_there_at_first(folder: MirrorFolder, place: Path) -> None:
    assert folder.open() is None
    assert folder.seen_at() is None
    assert list(place.iterdir()) == []
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent)] == [0o700, 0o700]


def test_the_newest_generation_is_opened_and_all_else_removed(
    folder: MirrorFolder, place: Path, clone: Callable[[Path], str], tmp_path: Path
) -> None:
    generation(place, 9, clone)
    commit = generation(place, 10, clone)
    clone(place / "new-1234")
    (place / "HEAD").write_text("unknown")
    (tmp_path / "precious").mkdir()
    (place / "11").symlink_to(tmp_path / "precious")
    folder.mark_seen()
    assert opened(folder) == ("10", commit)
    assert {path.name for path in place.iterdir()} == {"10", "seen"}
    assert (tmp_path / "precious").exists()
    assert folder.seen_at() is not None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: cut(pack(path), -30), id="pack cut"),
        pytest.param(lambda path: cut(pack(path), 5), id="pack nearly empty"),
        pytest.param(lambda path: pack(path).unlink(), id="pack gone"),
        pytest.param(lambda path: cut(pack(path, ".idx"), -30), id="index cut"),
        pytest.param(lambda path: overwrite(pack(path, ".idx"), "x" * 2000), id="index nonsense"),
        pytest.param(lambda path: shutil.rmtree(path / "objects"), id="objects gone"),
        pytest.param(lambda path: (path / "packed-refs").unlink(), id="refs gone"),
        pytest.param(lambda path: cut(path / "packed-refs", -10), id="refs cut"),
        pytest.param(
            lambda path: overwrite(path / "packed-refs", f"{'1' * 40} refs/heads/main\n"),
            id="ref to nothing",
        ),
        pytest.param(lambda path: overwrite(path / "packed-refs", "\0" * 99), id="refs nonsense"),
        pytest.param(lambda path: (path / "HEAD").unlink(), id="head gone"),
        pytest.param(lambda path: overwrite(path / "HEAD", ""), id="head empty"),
        pytest.param(lambda path: overwrite(path / "config", "[core\n"), id="config nonsense"),
        pytest.param(shutil.rmtree, id="all gone"),
    ],
)
def test_a_damaged_generation_gives_way_to_an_older_one(
    folder: MirrorFolder,
    place: Path,
    clone: Callable[[Path], str],
    damage: Damage,
) -> None:
    commit = generation(place, 1, clone)
    generation(place, 2, clone)
    pack(place / "2").chmod(0o600)
    pack(place / "2", ".idx").chmod(0o600)
    damage(place / "2")
    assert opened(folder) == ("1", commit)
    assert [path.name for path in place.iterdir()] == ["1"]


def test_an_index_that_a_killed_process_did_not_write_is_made(
    folder: MirrorFolder, place: Path, clone: Callable[[Path], str]
) -> None:
    commit = generation(place, 1, clone)
    pack(place / "1", ".idx").unlink()
    assert opened(folder) == ("1", commit)
    assert pack(place / "1", ".idx").exists()


def test_an_index_without_a_pack_is_removed_if_its_objects_are_in_others(
    folder: MirrorFolder, place: Path, clone: Callable[[Path], str]
) -> None:
    commit = generation(place, 1, clone)
    index = pack(place / "1", ".idx")
    left_over = index.with_name("pack-0123456789012345678901234567890123456789.idx")
    shutil.copy(index, left_over)
    assert opened(folder) == ("1", commit)
    assert not left_over.exists()


def test_an_empty_repository_is_whole(folder: MirrorFolder, place: Path) -> None:
    place.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "--bare", str(place / "1")], check=True)
    mirror = folder.open()
    assert mirror is not None
    mirror.close()


def test_a_clone_is_taken_in_when_it_is_whole(
    folder: MirrorFolder, place: Path, clone: Callable[[Path], str]
) -> None:
    assert folder.open() is None
    names: list[str] = []
    commit = ""
    for _ in range(2):
        beside = folder.beside()
        commit = clone(beside)
        with closing(folder.adopt(beside)) as mirror:
            names.append(mirror.path.name)
            assert mirror.refs().ids["refs/heads/main"] == commit
    assert names == ["1", "2"]
    beside = folder.beside()
    clone(beside)
    pack(beside).unlink()
    with pytest.raises(BackendFailure, match="not whole"):
        folder.adopt(beside)
    assert opened(folder) == ("2", commit)
    folder.retire(Mirror(place / "2"))
    folder.discard()
    assert not place.exists()


@pytest.mark.parametrize("level", ["mirrors", "mirrors/config-1"])
def test_a_planted_link_is_refused(folder: MirrorFolder, tmp_path: Path, level: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "state" / level
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        folder.open()
    with pytest.raises(OSError, match="symbolic link"):
        folder.prepare()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_directory_that_the_operator_named_may_be_a_link(
    tmp_path: Path,
) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    root = tmp_path / "state"
    with closing(MirrorFolder(root, root / "config-1", "x")) as folder:
        assert folder.open() is None
    assert (tmp_path / "disk" / "config-1").is_dir()
    assert stat.S_IMODE((tmp_path / "disk").stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_folder_of_somebody_else_is_refused(folder: MirrorFolder, place: Path) -> None:
    place.mkdir(parents=True)
    os.chown(place, 12345, 12345)
    with pytest.raises(PermissionError, match="somebody else"):
        folder.open()


def test_no_two_sources_share_a_folder(folder: MirrorFolder, tmp_path: Path, place: Path) -> None:
    assert folder.open() is None
    with (
        closing(MirrorFolder(tmp_path / "state", place, "x")) as other,
        pytest.raises(OSError, match="in use"),
    ):
        other.open()
    folder.close()
    with closing(MirrorFolder(tmp_path / "state", place, "x")) as other:
        assert other.open() is None


def test_a_folder_that_vanished_is_made_again(folder: MirrorFolder, place: Path) -> None:
    assert folder.open() is None
    shutil.rmtree(place.parent)
    folder.prepare()
    assert place.is_dir()


def test_mirrors_of_different_remotes_never_share_a_name() -> None:
    first = mirror_name("https://a.example.org/x/config.git")
    names = {
        first,
        mirror_name("https://b.example.org/x/config.git"),
        mirror_name("https://a.example.org/x/config.git", "team"),
        mirror_name("https://example.org/../.."),
    }
    assert first.startswith("config.git-")
    assert len(names) == 4
    assert not [name for name in names if "/" in name or name.startswith(".")]
