"""Redis on loopback: started, killed, started again on the same port."""

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Self

from tests.peers.processes import Process, free_port, program


class RedisServer:
    """A Redis that keeps nothing.

    Args:
        password: None for everybody.
        started: whether it is there from the beginning.
    """

    def __init__(self, *, password: str | None = None, started: bool = True) -> None:
        self._program = program("redis-server")
        self._password = password
        self._started = started
        self._home = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: Process | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        if self._started:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self) -> None:
        """Start it and wait until it listens."""
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": '""',
            "appendonly": "no",
            "dir": self._home,
            **({"requirepass": self._password} if self._password else {}),
        }
        conf = self._home / "redis.conf"
        conf.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        command = [self._program, str(conf)]
        self._process = Process(command, port=self.port, log=self._home / "log")

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def pause(self) -> None:
        """Let it hang: connections stay, nothing answers."""
        if self._process is not None:
            self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)
