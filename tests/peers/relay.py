"""A relay for TCP on loopback that can freeze, cut and truncate what goes through it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

from tests.peers.authority import Certificate

_CHUNK = 16384
_TICK = 0.02
_END = 5.0


class Relay:
    """Passes connections on to a port of this machine, and remembers what it saw.

    Args:
        port: where to connect to.
        tls: certificate to speak TLS with towards clients; the other side is plain.
        listen: port to listen on; any free one if it is 0.
    """

    def __init__(self, port: int, *, tls: Certificate | None = None, listen: int = 0) -> None:
        self._target = port
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls.file, tls.key)
        self._listener = socket.create_server(("127.0.0.1", listen))
        self._flowing = threading.Event()
        self._flowing.set()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._freeze_after: int | None = None
        self._cut_after: int | None = None
        self.connections = 0
        self.sent = bytearray()
        self.received = bytearray()
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._flowing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(_END)

    def freeze(self) -> None:
        """Pass nothing on until `thaw`; connections stay open, new ones are accepted."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Pass everything on again."""
        self._freeze_after = None
        self._flowing.set()

    def freeze_after(self, count: int) -> None:
        """Freeze once this many more bytes came back from the server."""
        self._freeze_after = len(self.received) + count

    def cut_after(self, count: int | None) -> None:
        """Close each connection once this many more bytes came back; None ends that."""
        self._cut_after = None if count is None else len(self.received) + count

    def cut(self) -> None:
        """Close all connections that are open."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for end in sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _run(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._run(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with ExitStack() as stack:
            stack.enter_context(client)
            try:
                server = stack.enter_context(socket.create_connection(("127.0.0.1", self._target)))
                if self._context is not None:
                    client = self._context.wrap_socket(client, server_side=True)
                    stack.enter_context(client)
            except OSError:
                return
            with self._lock:
                self._sockets += [client, server]
            upward = threading.Thread(target=self._upward, args=(client, server), daemon=True)
            upward.start()
            self._downward(client, server)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            upward.join(_END)

    def _upward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                self._wait()
                self.sent += data
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _downward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                self._wait()
                data, rest = self._split(data)
                self.received += data
                client.sendall(data)
                if rest is None:
                    return
                if rest:
                    self._flowing.clear()
                    self._wait()
                    self.received += rest
                    client.sendall(rest)

    def _split(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Return what goes on now, and what later: None if nothing ever does."""
        for limit, cut in ((self._cut_after, True), (self._freeze_after, False)):
            if limit is not None and len(self.received) + len(data) > limit:
                now = data[: max(0, limit - len(self.received))]
                return now, None if cut else data[len(now) :]
        return data, b""

    def _wait(self) -> None:
        while not self._flowing.wait(_TICK):
            if self._closing.is_set():
                raise OSError


@contextmanager
def black_hole(port: int = 0) -> Iterator[int]:
    """Yield a port that never answers a connection: its queue of connections is full.

    Args:
        port: which one; any free one if it is 0.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port
