"""The way to a host: its name, a connection, and through a proxy if one is used."""

import base64
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import HINTS, Fault
from configserver.doctor.report import Finding, StepFailed
from configserver.doctor.trust import trust_of

MOST: Final = 8
"""How many addresses of one name are shown and tried."""

_ANSWER: Final = 16_384


@dataclass(frozen=True, slots=True)
class Place:
    """A host and port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Way:
    """How a remote is connected to.

    Attributes:
        target: the remote.
        access: what else is configured, for a proxy that is spoken to in TLS.
        proxy: what stands in between.
        tunnel: whether the proxy is asked for a tunnel, as for TLS; else it is asked itself.
        timeout: seconds that connecting may take.
    """

    target: Place
    access: Access
    proxy: Proxy | None
    tunnel: bool
    timeout: float

    @property
    def first(self) -> Place:
        """Return what is connected to: the proxy, if there is one."""
        return Place(self.proxy.host, self.proxy.port) if self.proxy else self.target


def resolve(way: Way) -> tuple[Finding, tuple[str, ...]]:
    """Return the addresses of the host, or of the proxy, as the system knows them.

    Raises:
        StepFailed: it knows none.
    """
    host = way.first.host
    who = f"proxy {host}" if way.proxy else host
    try:
        found = socket.getaddrinfo(host, way.first.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no host name"
        raise StepFailed(
            f"{who} cannot be resolved",
            why=reason or "unknown name",
            do=HINTS[Fault.PROXY] if way.proxy else HINTS[Fault.NAME],
        ) from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST]
    note = f"; {way.target.host} is left to the proxy" if way.proxy else ""
    if addresses == (host,):
        return Finding(f"{who} is an address{note}"), addresses
    return Finding(f"{who} is {', '.join(addresses)}{note}"), addresses


def connect(way: Way, addresses: tuple[str, ...]) -> tuple[Finding, Callable[[], socket.socket]]:
    """Connect to each address until one works; return how to do that again.

    Raises:
        StepFailed: none does, or the proxy refuses.
    """
    refused: list[str] = []
    for address in addresses:
        try:
            _open(way, address).close()
        except OSError as error:
            refused.append(f"{Place(address, way.first.port)}: {reason_of(error)}")
            continue
        text = f"{Place(address, way.first.port)} answers"
        if way.proxy:
            text = f"proxy {text}" + (f", tunnel to {way.target}" if way.tunnel else "")
        return Finding(text, tuple(refused)), partial(_open, way, address)
    who = f"proxy {way.first}" if way.proxy else str(way.first)
    raise StepFailed(
        f"no connection to {who}",
        why="; ".join(refused),
        do=HINTS[Fault.PROXY] if way.proxy else HINTS[Fault.CONNECT],
    )


def reason_of(error: OSError) -> str:
    """Say why a connection failed."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or type(error).__name__}"
    if isinstance(error, ConnectionError) and not error.errno:
        return str(error) or "the connection was closed"
    return error.strerror or type(error).__name__


def _open(way: Way, address: str) -> socket.socket:
    """Return a connection to the remote, or to a proxy that takes whole requests.

    Raises:
        OSError: there is none.
        StepFailed: the proxy refuses.
    """
    connection = socket.create_connection((address, way.first.port), timeout=way.timeout)
    try:
        if way.proxy is None:
            return connection
        if way.proxy.tls:
            context = trust_of(way.access, ours=False)
            connection = context.wrap_socket(connection, server_hostname=way.proxy.host)
        if way.tunnel:
            _ask_for_tunnel(connection, way.target, way.proxy)
    except BaseException:
        connection.close()
        raise
    return connection


def _ask_for_tunnel(connection: socket.socket, target: Place, proxy: Proxy) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *credentials_for(proxy)]
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer = read_head(connection)
    status = answer.partition("\r\n")[0].split(" ", 2)
    if len(status) < 2 or not status[1].isdigit():
        raise StepFailed(
            "the proxy did not answer with HTTP",
            why="something else than a proxy listens there",
            do=HINTS[Fault.PROXY],
        )
    if status[1] != "200":
        raise StepFailed(
            f"the proxy refuses a tunnel to {target}",
            why=f"it answers {' '.join(status[1:])}",
            do="check the proxy's user and password"
            if status[1] in {"401", "407"}
            else "let the proxy connect to that host and port, or name the host in non-proxy-hosts",
        )


def credentials_for(proxy: Proxy) -> tuple[str, ...]:
    """Return the header with the proxy's credentials, if it has some."""
    if proxy.username is None or proxy.password is None:
        return ()
    pair = f"{proxy.username}:{proxy.password.reveal()}".encode()
    return (f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}",)


def read_head(connection: socket.socket) -> str:
    """Return status line and headers of an HTTP answer.

    Raises:
        OSError: none came.
    """
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _ANSWER:
        found = connection.recv(4096)
        if not found:
            break
        received += found
    if not received:
        raise ConnectionResetError("the connection was closed without an answer")
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")
