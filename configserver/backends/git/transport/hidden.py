"""Texts that another program may read as files without their ever touching a disk."""

import os
import shutil
import sys
import tempfile
from pathlib import Path


class HiddenFiles:
    """Files in memory, for children of this process; `close` ends them.

    On Linux each is an anonymous file of this process, which vanishes with it however it ends.
    Elsewhere it is a file of mode 0600 in a private temporary directory.
    """

    def __init__(self) -> None:
        self._descriptors: list[int] = []
        self._folder: Path | None = None

    def add(self, content: bytes, *, program: bool = False) -> str:
        """Return the path of a new file with this content, one that can be started if asked."""
        mode = 0o700 if program else 0o600
        if sys.platform == "linux":
            path = self._anonymous(content, mode)
            if path is not None:
                return path
        return self._temporary(content, mode)

    def close(self) -> None:
        """End all of them."""
        while self._descriptors:
            os.close(self._descriptors.pop())
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _anonymous(self, content: bytes, mode: int) -> str | None:
        """Return None where a sandbox has neither such files nor /proc."""
        try:
            descriptor = os.memfd_create("configserver")
        except OSError:
            return None
        self._descriptors.append(descriptor)
        os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        path = f"/proc/{os.getpid()}/fd/{descriptor}"
        return path if os.access(path, os.R_OK) else None

    def _temporary(self, content: bytes, mode: int) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="configserver-"))
        path = self._folder / str(len(list(self._folder.iterdir())))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return str(path)
