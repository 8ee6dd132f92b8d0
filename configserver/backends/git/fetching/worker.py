"""The child process that talks to remotes: clones and fetches, and may be killed at any moment.

`python -m configserver.backends.git.fetching.worker BYTES` may hold so many bytes. It reads a job
per line from its standard input and answers it in lines on its standard output, all in JSON:

    {"uri": …, "access": …, "path": …, "prune": …, "timeout": …, "transfer_timeout": …}
    {"receiving": true}                       the remote has sent its refs
    {"moves": […], "head": …, "size": …, "memory": …}
    or {"failed": why, without any secret, "fault": its kind, "hint": what to do}

URIs and credentials are never an argument, which anyone on the machine can see. The process ends,
and with it all of its session, as soon as its standard input is closed: when the server is gone.
"""

import gc
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit

from configserver.backends.git.faults import HINTS, Fault, Unreachable
from configserver.backends.git.fetching.bare import size_of
from configserver.backends.git.fetching.jobs import Fetched, Job
from configserver.backends.git.fetching.update import update
from configserver.secret import MASK, mask_uris

_GRACE = 5
_REASON = 300
_TELLING = 4
_STACK = 256 << 10
_MEGABYTE = 1 << 20


def main() -> None:
    """Do jobs until the server is gone."""
    gc.disable()
    gc.freeze()
    memory = int(sys.argv[1])
    threading.stack_size(_STACK)
    lines: SimpleQueue[bytes] = SimpleQueue()
    source, output = _taken(0, "rb"), _taken(1, "wb")
    threading.Thread(target=_read, args=(source, lines), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    def say(message: Mapping[str, Any]) -> None:
        output.write(json.dumps(message).encode() + b"\n")
        output.flush()

    while True:
        job = Job.of(json.loads(lines.get()))
        # The server ends this process in time; this is for when the server itself is stopped.
        signal.setitimer(signal.ITIMER_REAL, job.timeout + job.transfer_timeout + _GRACE)
        say(answer(job, lambda: say({"receiving": True}), memory))
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.collect()


def answer(job: Job, receiving: Callable[[], None], memory: int) -> dict[str, Any]:
    """Do a job, and say what came of it."""
    _forget_peak()
    try:
        head, moves = update(job, receiving)
    except Unreachable as error:
        return _failed(job, error.reason, error.fault, error.hint)
    except MemoryError:
        return _failed(
            job,
            f"the transfer needs more memory than {memory // _MEGABYTE} MB",
            Fault.WORKER,
            "raise configserver.fetch-memory",
        )
    except Exception as error:  # noqa: BLE001 - whatever a remote provokes is an answer
        return _failed(job, f"{type(error).__name__}: {error}", Fault.PROTOCOL)
    return Fetched(moves, head, size_of(job.path), _peak()).message()


def scrub(text: str, uri: str) -> str:
    """Remove the URI's password, or its lone user, which may be a token, from a message."""
    if "://" not in uri:
        return text
    parts = urlsplit(uri)
    secret = parts.password or parts.username or ""
    for form in {secret, unquote(secret), quote(unquote(secret), safe="")}:
        if len(form) >= _TELLING or f":{form}@" in text:
            text = text.replace(form, MASK)
    return text


def _failed(job: Job, reason: str, fault: Fault, hint: str = "") -> dict[str, Any]:
    """Return a failure's message; it has no secrets in it, and if it has, they are masked."""
    shown = scrub(mask_uris(reason), job.uri)[:_REASON]
    return {"failed": shown, "fault": fault, "hint": hint or HINTS[fault]}


def _taken(descriptor: int, mode: str) -> BinaryIO:
    """Take a standard stream away from whatever may use it by chance, such as ssh."""
    taken = os.dup(descriptor)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return os.fdopen(taken, mode)  # type: ignore[return-value]


def _read(source: BinaryIO, lines: SimpleQueue[bytes]) -> None:
    """Hand on each line; the end of them is the end of this process and its session."""
    with suppress(OSError):
        for line in source:
            lines.put(line)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _forget_peak() -> None:
    """Begin to measure the peak of memory anew, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """Return the most bytes that were held in memory."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


if __name__ == "__main__":
    main()
