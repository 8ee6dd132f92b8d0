"""Programs that the example starts, and ends by their process id."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"


class Missing(Exception):
    """Something that the example needs is not there, or did not start; says what to do."""


def needed(program: str, hint: str) -> str:
    """Return the path of a program.

    Raises:
        Missing: it is not installed.
    """
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{program} is not installed: {hint}")
    return found


def free_port() -> int:
    """Return a port on which nothing listens at the moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Say whether something listens on a port."""
    with socket.socket() as probe:
        connected = probe.connect_ex((HOST, port)) == 0
        # A socket that meets itself is no server: both its ends have the same port.
        return connected and probe.getsockname() != probe.getpeername()


class Child:
    """A program in a session of its own, so that Ctrl-C reaches only the example itself.

    Args:
        command: the program and its arguments.
        log: file for what it says.
        environment: variables besides those that there are.
    """

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._name, self._log = Path(command[0]).name, log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it and all that it started."""
        for number, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)

    def until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready.

        Raises:
            Missing: it ended, or takes longer; with the end of what it said.
        """
        limit = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self._log.read_text(errors="replace")[-2000:]
                raise Missing(f"{self._name} did not start:\n{said}")
            time.sleep(0.05)
