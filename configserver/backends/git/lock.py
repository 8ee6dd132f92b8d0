"""One server per state directory."""

import fcntl
import os
import stat
import time
from contextlib import suppress
from errno import EAGAIN, ELOOP
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from configserver.errors import SettingsError

_NAME: Final = "lock"
_WAIT: Final = 3.0
_PAUSE: Final = 0.05
_PID_BYTES: Final = 20


class StateLock:
    """A state directory held by this process, until `release` or its end.

    The lock belongs to the open file, so child processes that inherit `descriptor` hold it too: a
    server that follows one that was killed waits until the children, who may be writing, have
    ended.

    Attributes:
        descriptor: of the open file, to be handed to child processes.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        """Let go of the directory; the file stays, since removing it could let in two."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def acquire(state_dir: Path) -> StateLock | None:
    """Return the lock, or None at once if another process holds it; blocks for the disk only.

    Raises:
        SettingsError: there can be no lock: the directory cannot be made or written to.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _locked(state_dir / _NAME)
    except OSError as error:
        reason = "its lock is a symbolic link" if error.errno == ELOOP else error.strerror
        raise SettingsError(
            f"configserver.state-dir: {state_dir} cannot be used: {reason}",
            hint="name a directory that can be written to with configserver.state-dir",
        ) from None


def hold(state_dir: Path, *, wait: float = _WAIT) -> StateLock:
    """Return the lock; blocks.

    Args:
        state_dir: the directory.
        wait: seconds to wait for one who is ending.

    Raises:
        SettingsError: another process holds it, or there can be no lock.
    """
    limit = time.monotonic() + wait
    while (lock := acquire(state_dir)) is None:
        if time.monotonic() >= limit:
            holder = _holder(state_dir / _NAME)
            raise SettingsError(
                f"configserver.state-dir: {state_dir} is in use by another server"
                + (f", process {holder}" if holder else ""),
                hint="end that one, or give each its own directory with configserver.state-dir",
            )
        time.sleep(_PAUSE)
    return lock


def _locked(path: Path) -> StateLock | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    lock = None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            lock = StateLock(descriptor)
    except OSError as error:
        if error.errno != EAGAIN:
            raise
    finally:
        if lock is None:
            os.close(descriptor)
    return lock


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether the file still stands at its path: one that was removed locks out nobody."""
    ours = os.fstat(descriptor)
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(ours.st_mode) and os.path.samestat(ours, there)


def _holder(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_bytes()[:_PID_BYTES])
    return None
