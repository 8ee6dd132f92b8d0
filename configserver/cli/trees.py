"""The files of paths on the command line: those of Git where it is a work tree, else all."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from configserver.cli.replace import CannotReplace

_LIMIT: Final = 60.0
"""Seconds that Git may take to list files."""


class Tree(NamedTuple):
    """Files by the names to show, and the folder that belongs to them all."""

    files: dict[str, Path]
    folder: Path


def tree_of(paths: Iterable[str]) -> Tree:
    """Return the regular files of files and folders; links within folders are not followed.

    `folder` is that of Git's own files where all are of one work tree, else the one they share.

    Raises:
        CannotReplace: a path that is not there.
    """
    files: dict[str, Path] = {}
    folders, places = set(), []
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise CannotReplace("there is no such file or folder", path=text)
        inside = path if path.is_dir() else path.parent
        folders.add(_git(inside, "rev-parse", "--absolute-git-dir").strip())
        places.append(os.path.realpath(inside))
        found = _listed(path) if path.is_dir() else [path]
        for one in found:
            files.setdefault(str(one), Path(os.path.realpath(one)))
    unique = {real: shown for shown, real in reversed(files.items())}
    files = {shown: real for shown, real in files.items() if unique[real] == shown}
    (git,) = folders if len(folders) == 1 else ("",)
    return Tree(files, Path(git or os.path.commonpath(places)))


def _listed(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted: of a work tree those that Git does not ignore."""
    if _git(folder, "rev-parse", "--is-inside-work-tree").strip() == "true":
        names = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        found = [folder / name for name in sorted(set(names.split("\0"))) if name]
    else:
        found = sorted(_walked(folder))
    return (path for path in found if path.is_file() and not path.is_symlink())


def _walked(folder: Path) -> Iterator[Path]:
    for parent, names, files in os.walk(folder):
        names[:] = [name for name in names if name != ".git"]
        yield from (Path(parent, name) for name in files)


def _git(folder: Path, *words: str) -> str:
    """Return what Git says, or nothing if it cannot."""
    environ = {name: text for name, text in os.environ.items() if not _is_secret(name)}
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own Git
            capture_output=True,
            timeout=_LIMIT,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environ,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""


def _is_secret(name: str) -> bool:
    """Say whether a variable is none of Git's business; GIT_DIR would point it elsewhere."""
    return name.startswith(("ENCRYPT_", "SOPS_", "CONFIGSERVER_", "GIT_"))
