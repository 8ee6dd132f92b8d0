"""What every repository needs: settings that are known, a state directory, programs."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from configserver.doctor.report import Finding, StepFailed, Warned

LITTLE: Final = 256 << 20
"""Bytes of free space below which is warned."""

_LOCK: Final = "lock"
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")


def examine_settings(origins: Sequence[str], warnings: Sequence[str]) -> Finding:
    """Say where settings come from, and warn of those that mean nothing.

    Args:
        origins: where each setting that is not at its default was written.
        warnings: of the settings, a sentence each.
    """
    places = dict.fromkeys(_place(origin) for origin in origins)
    text = f"{len(origins)} set" if origins else "all are at their defaults"
    if places:
        text += f", from {', '.join(places)}"
    found = tuple(Warned(warning, "correct or remove it") for warning in warnings)
    return Finding(text, warnings=found)


def examine_directory(path: Path, setting: str) -> Finding:
    """Look at a directory of mirrors without writing to it.

    Args:
        path: the directory.
        setting: that names it.

    Raises:
        StepFailed: mirrors cannot be kept there.
    """
    there = next((one for one in (path, *path.parents) if one.exists()), Path("/"))
    do = f"name a directory that can be written to with {setting}"
    if not there.is_dir():
        raise StepFailed(str(path), why=f"{there} is no directory", do=do)
    if not os.access(there, os.W_OK | os.X_OK):
        raise StepFailed(str(path), why=f"{there} cannot be written to by this user", do=do)
    free = shutil.disk_usage(there).free
    text = f"{path}, {size(free)} free"
    if there != path:
        text += ", will be made by the server"
    holder = holder_of(path)
    if holder is not None:
        text += f", in use by a running server, process {holder}"
    warnings = (Warned(f"only {size(free)} are free", "make room"),) if free < LITTLE else ()
    return Finding(text, warnings=warnings)


def _place(origin: str) -> str:
    """Return a file without the line, an option without its value."""
    return (
        origin.split(" ", maxsplit=1)[0]
        if origin.startswith("--")
        else re.sub(r":[0-9]+$", "", origin)
    )


def holder_of(state_dir: Path) -> str | None:
    """Return the id of the process that holds a state directory, None if nobody does."""
    try:
        descriptor = os.open(state_dir / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Let go at once; a server that starts right now waits longer than that.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        return pid if pid.isdigit() else "unknown"
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def examine_ssh(timeout: float) -> Finding:
    """Look for the program that SSH remotes are reached with.

    Raises:
        StepFailed: there is none.
    """
    program = shutil.which("ssh")
    if program is None:
        raise StepFailed(
            "there is no ssh program",
            why="a repository with an SSH URI is configured",
            do="install the OpenSSH client, such as the package openssh-client",
        )
    done = subprocess.run(  # noqa: S603 - the program's full path, and no input
        [program, "-V"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=timeout
    )
    version = (done.stderr or done.stdout).decode("utf-8", "replace").partition(",")[0].strip()
    missing = () if shutil.which("ssh-keyscan") else ("ssh-keyscan",)
    warnings = tuple(
        Warned(f"{name} is not installed: host keys cannot be shown", "install it")
        for name in missing
    )
    return Finding(f"{program}, {version}", warnings=warnings)


def size(count: int) -> str:
    """Write a number of bytes for people, such as `12 GB`."""
    amount = float(count)
    unit = 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount /= 1000
        unit += 1
    digits = 0 if amount >= 10 or unit == 0 else 1
    return f"{amount:.{digits}f} {_UNITS[unit]}"
