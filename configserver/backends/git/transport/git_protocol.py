"""Git's own protocol over TCP, with a limit for each wait."""

import select
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import IO, Final, TypeVar
from urllib.parse import unquote, urlsplit

from dulwich.client import GitClient, TraditionalGitClient
from dulwich.protocol import TCP_GIT_PORT, Protocol

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.explain import KEEPALIVE, explain, explain_socket

T = TypeVar("T")

_VERSION: Final = 2


def open_git(uri: str, *, timeout: float) -> tuple[GitClient, str]:
    """Return a client for a `git:` URI and the path there; it connects when it is used.

    Raises:
        Unreachable: the URI has no usable host.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    else:
        if host and not host.startswith("-"):
            client = TcpClient(host, TCP_GIT_PORT if port is None else port, timeout=timeout)
            return client, unquote(parts.path)
    raise Unreachable(
        "host or port in the URI cannot be understood",
        fault=Fault.NAME,
        hint="write the URI as git://host:port/path",
    )


class TcpClient(TraditionalGitClient):
    """Talks to a Git daemon.

    Args:
        host: its name or address.
        port: where it listens.
        timeout: seconds for connecting, and until the first answer; later waits may take longer by
            Git's own sign of life.
    """

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        super().__init__()
        self._host = host
        self._port = port
        self._timeout = timeout
        self._wait = timeout
        self._opened = ExitStack()

    def close(self) -> None:
        """Close all connections."""
        with suppress(OSError):
            self._opened.pop_all().close()

    def _connect(
        self,
        cmd: bytes,
        path: str | bytes,
        protocol_version: int | None = None,
    ) -> tuple[Protocol, Callable[[], bool], IO[bytes] | None]:
        """Connect and ask for a service; see TraditionalGitClient."""
        self._wait = self._timeout
        connection = self._guard(
            lambda: socket.create_connection((self._host, self._port), timeout=self._timeout)
        )
        self._opened.enter_context(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incoming = self._opened.enter_context(connection.makefile("rb"))

        def read(count: int) -> bytes:
            _acknowledge_at_once(connection)
            found = self._guard(lambda: incoming.read(count))
            if found and self._wait == self._timeout:
                self._wait += KEEPALIVE
                connection.settimeout(self._wait)
            return found

        protocol = Protocol(
            read,
            lambda data: self._guard(lambda: connection.sendall(data)),
            self.close,
        )
        # It warns of its own end if nobody has closed it.
        self._opened.callback(protocol.close)
        self.protocol_version = _VERSION if protocol_version is None else protocol_version
        name = path if isinstance(path, bytes) else path.encode()
        # Versions are hidden from old daemons behind two NUL bytes.
        version = b"\0\0version=2\0" if self.protocol_version == _VERSION else b""
        protocol.send_cmd(
            b"git-" + cmd,
            name[1:] if name.startswith(b"/~") else name,
            b"host=" + self._host.encode("idna") + version,
        )
        return protocol, lambda: bool(select.select([connection], [], [], 0)[0]), None

    def _guard(self, work: Callable[[], T]) -> T:
        """Tell failures of the connection from those of the disk, where they happen."""
        try:
            return work()
        except OSError as error:
            found = explain_socket(error, self._host, timeout=self._wait)
            raise found or explain(ConnectionError(), self._host, timeout=0) from None


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Tell the system not to wait before it acknowledges what comes next.

    A daemon sends a short line before the pack, and by Nagle's algorithm the pack only after that
    line is acknowledged, which takes a system 40 ms that has nothing to send along. Linux forgets
    this after a while, other systems do not know it.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
