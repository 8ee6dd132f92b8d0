"""A command in a terminal of its own, as somebody sits before it."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

LIMIT = 30.0


class Seen(NamedTuple):
    code: int
    text: str


def in_terminal(
    words: Iterable[str],
    answers: Mapping[str, str],
    *,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
) -> Seen:
    """Run the command; type each answer when its question has appeared, in order."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "configserver", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**os.environ, "TERM": "dumb", **(environ or {})},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(theirs)
    try:
        text = _talk(ours, list(answers.items()))
        return Seen(process.wait(LIMIT), text.replace("\r\n", "\n"))
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _talk(ours: int, answers: list[tuple[str, str]]) -> str:
    text, begin = "", 0
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            data = os.read(ours, 4096)
        except OSError:  # Linux says so when the last process has closed its end
            return text
        if not data:
            return text
        text += data.decode()
        if answers and (at := text.find(answers[0][0], begin)) >= 0:
            begin = at + len(answers[0][0])
            os.write(ours, f"{answers.pop(0)[1]}\n".encode())
    raise AssertionError(f"no end: {text}")
