"""The packaged example as a Git repository."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from dulwich.repo import Repo

from configserver.cli import example
from configserver.cli.example import make_example, shipped_files, with_example
from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.own import OwnSettings
from configserver.settings.profiles import ProfilesSettings
from configserver.settings.repository import NestedGitSettings


def head(folder: Path) -> bytes:
    with Repo(folder) as repo:
        return repo.refs[b"refs/heads/main"]  # type: ignore[index] # a plain name


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=me", "-c", "user.email=me@localhost", "-C", str(folder)]
    return subprocess.run([*command, *words], capture_output=True, check=True, text=True).stdout


def test_is_a_clean_repository_of_the_shipped_files(tmp_path: Path) -> None:
    folder = make_example(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert git(folder, "status", "--porcelain", "--branch").split() == ["##", "main"]
    tracked = git(folder, "ls-files").splitlines()
    assert tracked == sorted(path.name for path in shipped_files().iterdir())
    for name in tracked:
        assert (folder / name).read_bytes() == (shipped_files() / name).read_bytes()


def test_is_the_same_everywhere_and_stays(tmp_path: Path) -> None:
    one, other = make_example(tmp_path / "one"), make_example(tmp_path / "other")
    first = head(one)
    assert head(other) == first
    assert head(make_example(tmp_path / "one")) == first
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["example"]


def test_follows_what_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_example(tmp_path)
    before = head(folder)
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "application.yml").write_text("a: 2\n", encoding="utf-8")
    monkeypatch.setattr(example, "shipped_files", lambda: newer)
    assert head(make_example(tmp_path)) != before
    assert git(folder, "show", "main:application.yml") == "a: 2\n"
    assert git(folder, "status", "--porcelain") == ""


def test_leaves_alone_what_a_user_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_example(tmp_path)
    (folder / "shop.yml").write_text("mine: true\n", encoding="utf-8")
    git(folder, "commit", "-q", "-a", "-m", "mine")
    mine = head(folder)
    newer = tmp_path / "newer"
    newer.mkdir()
    monkeypatch.setattr(example, "shipped_files", lambda: newer)
    assert head(make_example(tmp_path)) == mine
    assert (folder / "shop.yml").read_text(encoding="utf-8") == "mine: true\n"


def test_only_where_no_repository_is_configured(tmp_path: Path) -> None:
    settings = Settings(own=OwnSettings(state_dir=tmp_path))
    made = with_example(settings)
    assert made.git.uri == (tmp_path / "example").as_uri()
    assert with_example(made) is made


@pytest.mark.parametrize(
    "settings",
    [
        Settings(profiles=ProfilesSettings(active=("native",))),
        Settings(profiles=ProfilesSettings(active=("git", "native"))),
        Settings(profiles=ProfilesSettings(active=("composite",)), composite=(GitSettings(),)),
        Settings(git=GitSettings(repos={"a": NestedGitSettings(uri="/a")})),
    ],
)
def test_not_where_anything_else_is_configured(settings: Settings, tmp_path: Path) -> None:
    settings = replace(settings, own=OwnSettings(state_dir=tmp_path))
    assert with_example(settings) is settings
    assert not list(tmp_path.iterdir())


def test_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(own=OwnSettings(state_dir=tmp_path / "file" / "state"))
    with pytest.raises(SettingsError, match=r"configserver\.state-dir: no example can be kept"):
        with_example(settings)
