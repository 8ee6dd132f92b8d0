"""A program on loopback: started, waited for, paused and ended."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

_START = 60.0
"""Seconds, on a machine that is busy with much else; one that has its time takes one."""


def program(name: str, *folders: str) -> str:
    """Return the path of a program; the test is skipped if it is not installed."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *folders]))
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def free_port() -> int:
    """Return a port on which nothing listens at the moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_refused(port: int) -> None:
    """Wait for the children of a process that was killed: they end a little later."""
    limit = time.monotonic() + _START
    while time.monotonic() < limit:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.01)
    raise TimeoutError(f"something still listens on port {port}")


class Process:
    """A server in a session of its own, with all that it starts.

    Args:
        command: the program and its arguments.
        port: on which it listens as soon as it has started.
        log: file for what it says.
        patience: seconds that the start may take.
    """

    def __init__(
        self, command: Sequence[str], *, port: int, log: Path, patience: float = _START
    ) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        limit = time.monotonic() + patience
        while time.monotonic() < limit and self._process.poll() is None:
            with closing(socket.socket()) as probe:
                connected = probe.connect_ex(("127.0.0.1", port)) == 0
                # A socket that meets itself is no server: both its ends have the same port.
                if connected and probe.getsockname() != probe.getpeername():
                    return
            time.sleep(0.01)
        self.stop()
        raise TimeoutError(f"{command[0]} did not start: {log.read_text()[-2000:]}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def stop(self) -> None:
        """End it and all that it started."""
        self.signal(signal.SIGKILL)
        self._process.wait()


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Say whether a process ends in time; one that only waits to be reaped has ended."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False
