"""Files replaced as a whole: a reader sees the old one or the new one, never a part."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from configserver.errors import ConfigError


class CannotReplace(ConfigError):
    """A file that cannot be written, or not with the owner it has; `path` names it."""


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file by one with the same mode and owner.

    Raises:
        CannotReplace: it stays as it was.
    """
    path = Path(os.path.realpath(path))
    staged = staged_beside(path)
    try:
        stage(staged, path, data)
        staged.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise CannotReplace(error.strerror or "cannot be written", path=str(path)) from None
    finally:
        staged.unlink(missing_ok=True)


def staged_beside(path: Path) -> Path:
    """Return a name for the new content, in the same folder and thus on the same disk.

    File systems count the bytes of a name, 255 of them.
    """
    name = os.fsdecode(os.fsencode(path.name)[:200])
    return path.with_name(f".{name}.{token_hex(6)}.new")


def stage(staged: Path, target: Path, data: bytes) -> None:
    """Write new content where nobody looks yet, with mode and owner of the target, to the disk.

    Raises:
        OSError: it cannot be written, or not with that owner.
    """
    like = target.stat()
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        mine = os.fstat(handle)
        if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
            os.fchown(handle, like.st_uid, like.st_gid)
        os.fchmod(handle, stat.S_IMODE(like.st_mode))
        os.fsync(handle)


def create(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file that only its owner may read.

    Args:
        path: where to.
        data: the content.
        force: replace what is there; else that is an error.

    Raises:
        CannotReplace: it is there, or cannot be written.
    """
    if path.is_dir():
        raise CannotReplace("it is a folder", hint="name a file in it", path=str(path))
    staged = staged_beside(path)
    try:
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        if force:
            staged.replace(path)
        else:
            path.hardlink_to(staged)  # unlike a rename, it fails if the name is taken
        sync_folder(path.parent)
    except FileExistsError:
        hint = "choose another name, or overwrite it with --force"
        raise CannotReplace("the file is there already", hint=hint, path=str(path)) from None
    except OSError as error:
        raise CannotReplace(error.strerror or "cannot be written", path=str(path)) from None
    finally:
        staged.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the file system knows how."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
