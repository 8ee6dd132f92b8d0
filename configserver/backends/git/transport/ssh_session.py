"""A running ssh whose remote command speaks Git, with a limit to each wait for it."""

import io
import math
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.explain import KEEPALIVE
from configserver.backends.git.transport.ssh_faults import Ending

_CHUNK: Final = 65536
_HEAD: Final = 48 << 10
_TAIL: Final = 16 << 10
_ENDING: Final = 1.0
_GRACE: Final = 0.3


class Session:
    """An ssh process as dulwich's `Protocol` wants it: `read`, `write`, `close`.

    Args:
        arguments: the program and its arguments.
        environment: of the program.
        timeout: seconds until the first answer, and that a wait may take later.
        explain: makes an error of how the program ended.
        release: called once when the session is closed.
    """

    def __init__(
        self,
        arguments: Sequence[str | bytes],
        *,
        environment: Mapping[str, str],
        timeout: float,
        explain: Callable[[Ending], Unreachable],
        release: Callable[[], None],
    ) -> None:
        self._timeout = timeout
        self._explain = explain
        self._release = release
        self._heard = False
        self._said = bytearray()
        self._began = time.monotonic()
        # The same process group: whoever kills this process with its group ends ssh, too.
        self._process = _started(arguments, environment)
        self._stdin, self._stdout, self._stderr = _pipes(self._process)
        os.set_blocking(self._stdin.fileno(), False)
        self._mute = False
        self._reader = io.BufferedReader(_Output(self._receive), _CHUNK)

    def read(self, size: int) -> bytes:
        """Return that many bytes; fewer only where the remote command ended well.

        Raises:
            Unreachable: ssh failed, or nothing came in time.
        """
        found = self._reader.read(size)
        if len(found) < size:
            self._ended()
        return found

    def write(self, data: bytes) -> int:
        """Write all of it.

        Raises:
            Unreachable: ssh failed, or takes nothing any more.
        """
        rest = memoryview(data)
        while rest:
            self._wait(self._stdin, select.POLLOUT)
            try:
                rest = rest[os.write(self._stdin.fileno(), rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._ended()
                raise self._explain(self._ending(None)) from None
        return len(data)

    def can_read(self) -> bool:
        """Say whether something has come."""
        poll = select.poll()
        poll.register(self._stdout, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """End ssh, within a second, and remove what was made for it."""
        if self._stdout.closed:
            return
        self._stdin.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
                break
        self._stdout.close()
        self._stderr.close()
        self._release()

    def _receive(self, buffer: memoryview) -> int:
        self._wait(self._stdout, select.POLLIN)
        found = os.read(self._stdout.fileno(), len(buffer))
        buffer[: len(found)] = found
        self._heard = self._heard or bool(found)
        return len(found)

    def _wait(self, pipe: IO[bytes], event: int) -> None:
        """Wait until the pipe is ready, and collect meanwhile what ssh says."""
        limit = time.monotonic() + self._timeout + KEEPALIVE
        if not self._heard:
            limit = self._began + self._timeout
        while True:
            ready = self._poll(limit, {pipe.fileno(): event})
            if pipe.fileno() in ready:
                return
            if time.monotonic() >= limit:
                raise self._explain(self._ending(None, timed_out=True))

    def _poll(self, limit: float, wanted: Mapping[int, int]) -> set[int]:
        poll = select.poll()
        for descriptor, event in wanted.items():
            poll.register(descriptor, event)
        if not self._mute:
            poll.register(self._stderr, select.POLLIN)
        left = max(0.0, limit - time.monotonic())
        ready = {descriptor for descriptor, _ in poll.poll(math.ceil(left * 1000))}
        if self._stderr.fileno() in ready:
            said = os.read(self._stderr.fileno(), _CHUNK)
            self._mute = not said
            self._said += said
            if len(self._said) > _HEAD + 2 * _TAIL:
                del self._said[_HEAD:-_TAIL]
        return ready

    def _ended(self) -> None:
        """Raise what went wrong unless the remote command answered and ended well."""
        limit = time.monotonic() + _ENDING
        while not self._mute and time.monotonic() < limit:
            self._poll(limit, {})
        try:
            status = self._process.wait(max(0.0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            status = None
        if status != 0 or not self._heard:
            raise self._explain(self._ending(status))

    def _ending(self, status: int | None, *, timed_out: bool = False) -> Ending:
        text = self._said.decode("utf-8", "replace")
        return Ending(text, status, self._timeout, timed_out=timed_out, heard=self._heard)


class _Output(io.RawIOBase):
    def __init__(self, receive: Callable[[memoryview], int]) -> None:
        self._receive = receive

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._receive(buffer)


def _started(
    arguments: Sequence[str | bytes], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the URI was checked, and what is configured is trusted
            arguments,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise Unreachable(
            f"the program ssh cannot be started: {error.strerror}",
            fault=Fault.CREDENTIALS,
            hint="install openssh-client, or correct GIT_SSH_COMMAND or GIT_SSH",
        ) from None


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise BrokenPipeError
    return process.stdin, process.stdout, process.stderr
