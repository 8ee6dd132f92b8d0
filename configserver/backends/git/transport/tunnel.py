"""Connects ssh to a host through an HTTP proxy; a program of its own that needs no other module.

    tunnel.py FILE HOST PORT

FILE holds JSON: the proxy's host and port, whether it is spoken to in TLS (`tls`, `verify`,
`ca_file`), the `authorization` it wants, or null, and the seconds it may take (`timeout`).
Credentials are in the file as arguments and the environment can be seen by others. A failure is a
line on standard error: `configserver-tunnel: KIND: what happened`; before the first byte is passed
on there is a line `configserver-tunnel: connected`.
"""

import base64
import json
import os
import select
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

_CHUNK = 65536
_LONGEST = 16384


class _Refused(Exception):
    """What is told to the parent: the kind of failure, and a sentence."""

    def __init__(self, reason: str, kind: str = "proxy") -> None:
        super().__init__(reason)
        self.kind = kind


def main() -> None:
    """Connect, and pass bytes on until either side is done."""
    _, file, host, port = sys.argv
    threading.Thread(target=_end_with_ssh, daemon=True).start()
    try:
        settings = json.loads(Path(file).read_text())
        connection, rest = connect(settings, host, int(port))
        connection.settimeout(None)
        sys.stderr.write("configserver-tunnel: connected\n")
        sys.stderr.flush()
        _write(rest)
        _pass_on(connection)
    except _Refused as error:
        sys.stderr.write(f"configserver-tunnel: {error.kind}: {error}\n")
        sys.stderr.flush()
        os._exit(1)
    except OSError:
        os._exit(1)
    os._exit(0)


def connect(settings: dict[str, Any], host: str, port: int) -> tuple[socket.socket, bytes]:
    """Ask the proxy for a connection; return it, and what has come on it already."""
    try:
        connection = _opened(settings)
    except TimeoutError:
        raise _Refused("the proxy cannot be reached in time", "timeout") from None
    except ssl.SSLError:
        raise _Refused("the proxy speaks no TLS that is to be trusted") from None
    except socket.gaierror:
        raise _Refused("the proxy's name cannot be resolved") from None
    except OSError as error:
        raise _Refused(f"the proxy cannot be reached: {error.strerror}") from None
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", "User-Agent: configserver"]
    if settings["authorization"]:
        credentials = base64.b64encode(settings["authorization"].encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {credentials}")
    try:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head, rest = _answer(connection)
    except TimeoutError:
        raise _Refused("the proxy did not answer in time", "timeout") from None
    except OSError:
        raise _Refused("the proxy closed the connection") from None
    _check(head)
    return connection, rest


def _opened(settings: dict[str, Any]) -> socket.socket:
    place = (settings["host"], settings["port"])
    connection = socket.create_connection(place, timeout=settings["timeout"])
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not settings["tls"]:
        return connection
    context = ssl.create_default_context()
    if settings["ca_file"]:
        context.load_verify_locations(settings["ca_file"])
    if not settings["verify"]:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=settings["host"])


def _answer(connection: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        found = connection.recv(_CHUNK)
        if not found or len(received) > _LONGEST:
            raise ConnectionResetError
        received += found
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def _check(head: bytes) -> None:
    words = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
    status = words[1] if words[0].startswith("HTTP/") and len(words) > 1 else ""
    if status == "407":
        raise _Refused("the proxy wants a user and a password, or refuses those it got (407)")
    if status in {"502", "503", "504"}:
        raise _Refused(f"the proxy cannot reach the SSH host ({status})")
    if not status.isdecimal():
        raise _Refused("the proxy's answer is no HTTP")
    if not status.startswith("2"):
        raise _Refused(f"the proxy refuses to connect to the SSH host and port ({status[:3]})")


def _pass_on(connection: socket.socket) -> None:
    while True:
        pending = isinstance(connection, ssl.SSLSocket) and connection.pending()
        descriptor = connection.fileno()
        ready = [descriptor] if pending else select.select([0, descriptor], [], [])[0]
        if descriptor in ready:
            found = connection.recv(_CHUNK)
            if not found:
                return
            _write(found)
        if 0 in ready:
            found = os.read(0, _CHUNK)
            if not found:
                return
            connection.sendall(found)


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


def _end_with_ssh() -> None:
    """End as soon as ssh is gone, also in the middle of a wait for the proxy."""
    poll = select.poll()
    poll.register(0, 0)
    poll.poll()
    os._exit(1)


if __name__ == "__main__":
    main()
