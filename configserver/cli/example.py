"""The packaged example, made into a Git repository under the state directory on first use."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

import configserver
from configserver.errors import SettingsError
from configserver.settings import Settings

_BRANCH: Final = Ref(b"refs/heads/main")
_SHIPPED: Final = Ref(b"refs/configserver/shipped")
"""The commit that we made last; a branch that stands elsewhere is the user's own."""

_AUTHOR: Final = b"configserver <configserver@localhost>"


def with_example(settings: Settings) -> Settings:
    """Return the settings with the example's URI where nothing at all is configured.

    Raises:
        SettingsError: the state directory cannot be written to.
    """
    first, *others = settings.members
    if first is not settings.git or others or settings.git.uri or settings.git.repos:
        return settings
    try:
        folder = make_example(settings.own.state_dir)
    except OSError as error:
        raise SettingsError(
            f"configserver.state-dir: no example can be kept there: {error.strerror}",
            hint="name a directory that can be written to with --state-dir",
        ) from None
    return replace(settings, git=replace(settings.git, uri=folder.absolute().as_uri()))


def make_example(state_dir: Path) -> Path:
    """Return the folder of the example's repository, made or brought up to date if need be.

    The commit holds nothing but the files, so it is the same on every machine. What a user has
    committed since is left alone.
    """
    folder = state_dir / "example"
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.exists():
        _create(folder)
    with Repo(folder) as repo:
        shipped = repo.refs.read_ref(_SHIPPED)
        commit = _commit(repo)
        if commit != shipped and repo.refs[_BRANCH] == shipped:
            _publish(repo, commit)
    return folder


def shipped_files() -> Path:
    """Return the folder of the example's files, in the package or beside it in a checkout."""
    package = Path(configserver.__file__).parent
    installed = package / "example"
    return installed if installed.is_dir() else package.parent / "examples" / "config-repo"


def _create(folder: Path) -> None:
    """Make the repository aside and move it into place, so that nobody sees half of it."""
    aside = Path(tempfile.mkdtemp(prefix="example-", dir=folder.parent))
    try:
        with Repo.init(aside, default_branch=b"main") as repo:
            _publish(repo, _commit(repo))
        if not folder.exists():
            aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _publish(repo: Repo, commit: ObjectID) -> None:
    """Let branch, index and files be those of the commit."""
    before = set(repo.open_index())
    repo.refs[_BRANCH] = commit
    repo.refs[_SHIPPED] = commit
    repo.get_worktree().reset_index()
    for gone in before - set(repo.open_index()):
        Path(repo.path, os.fsdecode(gone)).unlink(missing_ok=True)


def _commit(repo: Repo) -> ObjectID:
    """Store the shipped files and return the id of a commit that holds nothing else."""
    commit = Commit()
    commit.tree = _tree(repo, shipped_files())
    commit.author = commit.committer = _AUTHOR
    commit.author_time = commit.commit_time = 0
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"The example that configserver ships\n"
    repo.object_store.add_object(commit)
    return commit.id


def _tree(repo: Repo, folder: Path) -> ObjectID:
    tree = Tree()
    for path in _visible(folder):
        if path.is_dir():
            tree.add(os.fsencode(path.name), 0o40000, _tree(repo, path))
            continue
        blob = Blob.from_string(path.read_bytes())
        repo.object_store.add_object(blob)
        tree.add(os.fsencode(path.name), 0o100644, blob.id)
    repo.object_store.add_object(tree)
    return tree.id


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
