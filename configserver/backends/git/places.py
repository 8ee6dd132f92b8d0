"""Folders and files of our own: private, and not those that someone else planted there."""

import os
import shutil
import stat
from contextlib import suppress
from errno import ELOOP, ENOTDIR, EPERM
from pathlib import Path

_OURS = 0o700


def private_folder(path: Path) -> Path:
    """Return a folder that is ours alone, made with mode 0700 if it is not there.

    Its parent has to exist.

    Raises:
        OSError: it cannot be made, is a link or no folder, or belongs to somebody else.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=_OURS)
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise OSError(ELOOP, "a symbolic link stands where a folder of ours belongs", str(path))
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(path))
    if found.st_uid != os.geteuid():
        raise PermissionError(EPERM, "a folder of ours belongs to somebody else", str(path))
    if stat.S_IMODE(found.st_mode) & ~_OURS:
        path.chmod(_OURS)
    return path


def is_own_folder(path: Path) -> bool:
    """Say whether there is a folder, not a link to one, that belongs to us."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def remove(path: Path) -> None:
    """Remove a file, a link but not what it leads to, or a folder; leave what cannot be removed."""
    if is_own_folder(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
