"""One process that fetches, seen from the server."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.jobs import Fetched, Job

_CHUNK = 1 << 16
_SLACK = 0.2
"""Seconds within which the process, which knows more, may say itself that the time is over."""

_MODULE = "configserver.backends.git.fetching.worker"
_REPLY = 64 << 20
"""Bytes of the longest reply that is taken: some 400,000 moved refs."""


_OURS = ("ENCRYPT_", "SOPS_", "SPRING_", "CONFIGSERVER_", "VAULT_TOKEN")
"""What variables of the server's own settings begin with: keys and passwords are among them."""


class Ended(Unreachable):
    """The process ended before it said anything about the job."""


class WorkerProcess:
    """A child process that does one job after the other; to be killed and waited for by its owner.

    Requests and replies are lines of JSON on a socket that is its standard input and output. It
    ends by itself when the server's end of that is closed, be it by the server's death.

    Starting it blocks for some milliseconds.

    Args:
        memory: bytes it may hold.
        pass_fds: descriptors that it inherits.

    Attributes:
        uri: the remote of its last job.
        usable: whether it is ready for another job; if not, it is to be killed.
    """

    def __init__(self, memory: int, pass_fds: Iterable[int]) -> None:
        self.uri = ""
        self._socket, theirs = socket.socketpair()
        try:
            with theirs:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own
                    [sys.executable, *_path_flag(), "-m", _MODULE, str(memory)],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    pass_fds=tuple(pass_fds),
                    start_new_session=True,
                    env=_environment(os.environ),
                )
        except BaseException:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.usable = True
        self._busy = self._killed = False
        self._received = bytearray()

    @property
    def pid(self) -> int:
        """The process's id, which is that of its session, too."""
        return self._process.pid

    def lives(self) -> bool:
        """Say at once whether the process is there."""
        return self._process.poll() is None

    async def run(self, job: Job) -> Fetched:
        """Let it do a job.

        Raises:
            Unreachable: the remote cannot be fetched, the time is over, or the process ended;
                Ended, if it did at once.
        """
        self.uri = job.uri
        self.usable = False
        self._busy = True
        try:
            return await self._run(job)
        finally:
            self._busy = False
            if self._killed:
                self._socket.close()

    async def _run(self, job: Job) -> Fetched:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answered = False
        try:
            async with asyncio.timeout(job.timeout + _SLACK) as limit:
                request = json.dumps(job.message()).encode() + b"\n"
                await loop.sock_sendall(self._socket, request)
                reply = await self._reply()
                if "receiving" in reply:
                    answered = True
                    limit.reschedule(began + max(job.timeout, job.transfer_timeout) + _SLACK)
                    reply = await self._reply()
        except TimeoutError:
            raise _late(job, answered=answered) from None
        except (OSError, ValueError):
            kind = Unreachable if answered else Ended
            raise kind("the process that fetches ended unexpectedly", fault=Fault.WORKER) from None
        if "failed" in reply:
            fault = Fault(reply["fault"])
            self.usable = fault is not Fault.WORKER
            raise Unreachable(reply["failed"], fault=fault, hint=reply["hint"])
        self.usable = True
        return Fetched.of(reply)

    async def _reply(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        while (end := self._received.find(b"\n")) < 0:
            chunk = await loop.sock_recv(self._socket, _CHUNK)
            self._received += chunk
            if not chunk or len(self._received) > _REPLY:
                raise BrokenPipeError
        reply: dict[str, Any] = json.loads(self._received[:end])
        del self._received[: end + 1]
        return reply

    def kill(self) -> None:
        """Kill the process and all of its session, such as ssh, at once; a job under way fails."""
        if self._killed:
            return
        self._killed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if not self._busy:
            self._socket.close()
        # Not reaped yet, so the id cannot be that of others.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> None:
        """Wait for the end of a killed process; it may be held up by a disk that hangs."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the process, and for ssh and helpers: without our own settings."""
    kept = {name: text for name, text in ours.items() if not name.upper().startswith(_OURS)}
    return {**kept, "GIT_TERMINAL_PROMPT": "0"}


def _path_flag() -> tuple[str, ...]:
    """Keep the process from importing what lies in the current folder, unless we do that, too."""
    return () if {"", str(Path.cwd())} & set(sys.path) else ("-P",)


def _late(job: Job, *, answered: bool) -> Unreachable:
    if answered:
        return Unreachable(
            f"the remote repository was not transferred within {job.transfer_timeout:g} s",
            fault=Fault.TIMEOUT,
            hint="check the network on the way to the host, or raise configserver.clone-timeout",
        )
    return Unreachable(
        f"the remote repository did not answer within {job.timeout:g} s", fault=Fault.TIMEOUT
    )
