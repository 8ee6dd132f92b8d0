"""The parent's side of the worker, and the folder of a mirror."""

import hashlib
import json
import os
import re
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configserver.backends.git.jobs import Job
from configserver.errors import BackendFailure

_SSH = "ssh -oBatchMode=yes -oConnectTimeout=5 -oServerAliveInterval=5"
_MEMORY = 512 << 20
_CHUNK = 65536


class Unreachable(BackendFailure):
    """A remote that could not be talked to; the reason holds no secret."""


def mirror_path(state_dir: Path, shown: str) -> Path:
    """Return the folder of the mirror of a (masked) URI: readable, and unique by a hash."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", shown.rstrip("/").rpartition("/")[2])[-60:].strip(".-")
    digest = hashlib.sha256(shown.encode()).hexdigest()[:16]
    return state_dir / "mirrors" / f"{name or 'repository'}-{digest}"


class Worker:
    """A child process for one remote, started on demand; calls come from one thread.

    Args:
        timeout: seconds within which the remote has to answer with its refs, start included.
        transfer_timeout: seconds that all of a call may take once the remote has answered.
    """

    def __init__(self, *, timeout: float, transfer_timeout: float) -> None:
        self._timeout = timeout
        self._transfer_timeout = max(timeout, transfer_timeout)
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Lock()
        self._closed = False

    def clone(self, uri: str, path: Path, *, prune: bool) -> None:
        """Make a mirror beside its place and put it there when it is whole.

        Raises:
            Unreachable: the remote did not answer, in time or at all.
        """
        beside = path.with_name(f"{path.name}.new-{secrets.token_hex(4)}")
        try:
            self.fetch(uri, beside, prune=prune)
            beside.rename(path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def fetch(self, uri: str, path: Path, *, prune: bool) -> bool:
        """Bring a mirror up to date; return whether a ref moved.

        Raises:
            Unreachable: the remote did not answer, in time or at all.
        """
        request = Job(
            uri=uri,
            path=path,
            prune=prune,
            timeout=self._timeout,
            transfer_timeout=self._transfer_timeout,
        ).message()
        try:
            reply = self._call(request)
        except TimeoutError:
            self.stop()
            raise Unreachable("the remote repository did not answer in time") from None
        except OSError:
            self.stop()
            raise Unreachable("the worker process ended unexpectedly") from None
        if "failed" in reply:
            raise Unreachable(f"the remote repository cannot be fetched: {reply['failed']}")
        return bool(reply["moves"])

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._ending:
            process, self._process = self._process, None
            if process is None:
                return
            _kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def abort(self) -> None:
        """Kill the process for good, from any thread: a call under way fails at once."""
        with self._ending:
            self._closed = True
            if self._process is not None:
                _kill(self._process)

    def _call(self, request: Mapping[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        limit = began + self._timeout
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        os.write(process.stdin.fileno(), json.dumps(request).encode() + b"\n")
        received = b""
        while True:
            received += _read(process.stdout.fileno(), limit - time.monotonic())
            *lines, received = received.split(b"\n")
            for line in lines:
                reply: dict[str, Any] = json.loads(line)
                if "receiving" not in reply:
                    return reply
                limit = began + self._transfer_timeout

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        with self._ending:
            if self._closed:
                raise BrokenPipeError
            if self._process is None:
                self._process = subprocess.Popen(  # noqa: S603 - our own
                    [sys.executable, "-m", "configserver.backends.git.worker", str(_MEMORY)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    bufsize=0,
                    start_new_session=True,
                    env={"GIT_SSH_COMMAND": _SSH, **os.environ, "GIT_TERMINAL_PROMPT": "0"},
                )
            return self._process


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all of its session, such as ssh."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _read(descriptor: int, seconds: float) -> bytes:
    """Return what comes next.

    Raises:
        TimeoutError: nothing did.
        BrokenPipeError: the other side closed the pipe.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        if seconds <= 0 or not selector.select(seconds):
            raise TimeoutError
    found = os.read(descriptor, _CHUNK)
    if not found:
        raise BrokenPipeError
    return found
