"""What brokers of the tests have in common: a process on loopback, with a folder of its own."""

import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from tests.peers.authority import Certificate
from tests.peers.processes import Process, free_port


class SmallBroker(ABC):
    """A broker that starts at once and keeps nothing.

    Args:
        name: of its folder.
        started: whether it is there from the beginning.
        tls: certificate that it shows from the next start on; None for a connection in plain text.
        clients: file of the CA whose certificates clients have to show; None for no such need.
    """

    def __init__(
        self, name: str, *, started: bool, tls: Certificate | None, clients: Path | None
    ) -> None:
        self.tls = tls
        self.clients = clients
        self._started = started
        self._home = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self._process: Process | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        if self._started:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    @abstractmethod
    def command(self) -> list[str]:
        """Write its settings, and return what starts it."""

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = Process(self.command(), port=self.port, log=self._home / "log")

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

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
