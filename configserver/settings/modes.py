"""Files of keys and passwords that others can read."""

import os
import stat
from pathlib import Path

_GROUP = stat.S_IRWXG
_OTHERS = stat.S_IRWXO


def readers_of(path: Path) -> str | None:
    """Say who besides the owner has rights on a file, and its mode; None if nobody has.

    The group counts only in a file of our own: of another's, it may be the way for us to read it.
    Pipes, files that are not there, and systems without such modes have no others.
    """
    if os.name == "nt":
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    mode = stat.S_IMODE(found.st_mode)
    if mode & _OTHERS:
        who = "everybody on this machine"
    elif mode & _GROUP and found.st_uid == os.geteuid():
        who = "its group"
    else:
        return None
    return f"{path} is open to {who} (mode {mode:04o}): chmod 600 it"
