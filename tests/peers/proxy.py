"""An HTTP proxy on loopback: tinyproxy, with and without a login."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.peers.processes import Process, free_port, program


class HttpProxy:
    """A proxy that says what went through it.

    Args:
        login: the user and the password that it wants; None for everybody.
    """

    def __init__(self, *, login: tuple[str, str] | None = None) -> None:
        self._program = program("tinyproxy", "/usr/sbin")
        self._login = login
        self._home = Path(tempfile.mkdtemp(prefix="http-proxy-"))
        self._process: Process | None = None
        self.host = "127.0.0.1"
        self.port = free_port()

    def __enter__(self) -> Self:
        lines = [
            f"Port {self.port}",
            "Listen 127.0.0.1",
            "Timeout 30",
            "MaxClients 50",
            f'LogFile "{self._home}/log"',
            "LogLevel Connect",
            *([f"BasicAuth {' '.join(self._login)}"] if self._login else []),
        ]
        (self._home / "conf").write_text("\n".join(lines) + "\n")
        command = [self._program, "-d", "-c", str(self._home / "conf")]
        self._process = Process(command, port=self.port, log=self._home / "output")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def url(self) -> str:
        """What environment variables such as `http_proxy` hold."""
        login = f"{':'.join(self._login)}@" if self._login else ""
        return f"http://{login}{self.host}:{self.port}"

    def requests(self, at_least: int = 0) -> list[str]:
        """Return what it was asked, as `CONNECT host:port HTTP/1.1`."""
        limit = time.monotonic() + 2
        while True:
            path = self._home / "log"
            lines = path.read_text().splitlines() if path.exists() else []
            found = [line.partition("): ")[2] for line in lines if "Request (" in line]
            if len(found) >= at_least or time.monotonic() > limit:
                return found
            time.sleep(0.01)
