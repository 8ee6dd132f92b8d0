"""One HTTP request over a kept connection, its failures in words."""

import os
import re
import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InsecureRequestWarning,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as PoolTimeout

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.pools import pool_manager
from configserver.backends.git.transport.proxies import proxy_for
from configserver.backends.git.transport.target import Target

_TUNNEL: Final = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A way to a host.

    Attributes:
        target: the host.
        access: TLS and proxies.
        timeout: seconds for connecting, and for each wait after that.
        lull: further seconds that a wait for the answer may take.
    """

    target: Target
    access: Access
    timeout: float
    lull: float = 0.0

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> BaseHTTPResponse:
        """Send a request to the target and return the answer, whatever its status.

        Redirects are not followed. A kept connection that turns out to be closed is replaced.

        Raises:
            Unreachable: there is no answer.
        """
        manager = pool_manager(self.access, self.proxy, tls=self.target.scheme == "https")
        try:
            pool = manager.connection_from_url(url)
            opened = pool.num_connections
            try:
                return self._open(manager, method, url, headers, body)
            except (ProtocolError, ProxyError) as error:
                if pool.num_connections > opened or not _hung_up(error):
                    raise
            return self._open(manager, method, url, headers, body)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self.explain(error) from None

    @property
    def proxy(self) -> Proxy | None:
        """The proxy in between."""
        return proxy_for(self.target, self.access, os.environ)

    def explain(self, error: Exception, *, reading: bool = False) -> Unreachable:
        """Return what a failure means; `reading` says that the answer had begun."""
        if isinstance(error, ProxyError):
            return self._explain_proxy(error.original_error)
        inner = _inner(error)
        if isinstance(inner, ssl.SSLError):
            from configserver.backends.git.transport.certificates import explain_tls  # noqa: PLC0415

            return explain_tls(
                inner,
                self.target,
                ours=self.access.client_certificate is not None,
                direct=self.proxy is None,
                timeout=self.timeout,
            )
        kind, reason = _words(error, self.timeout + self.lull, reading=reading)
        fault = Fault.PROXY if kind in _ON_THE_WAY and self._is_forwarded() else kind
        where = self.proxy_name() if fault is Fault.PROXY else self.target.authority
        return Unreachable(f"{where} {reason}", fault=fault)

    def _open(
        self,
        manager: PoolManager,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> BaseHTTPResponse:
        with warnings.catch_warnings():
            # Whoever switches checks off is warned once, at the start of the server.
            warnings.simplefilter("ignore", InsecureRequestWarning)
            return manager.urlopen(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=Timeout(connect=self.timeout, read=self.timeout + self.lull),
                retries=False,
                redirect=False,
                preload_content=False,
            )

    def _is_forwarded(self) -> bool:
        """Say whether a proxy, and not the target itself, is what we are connected to."""
        return self.target.scheme == "http" and self.proxy is not None

    def place(self) -> str:
        """Return what answered; a proxy that forwards may have done so in the host's name."""
        host = self.target.authority
        return f"{host} (through {self.proxy_name()})" if self._is_forwarded() else host

    def proxy_name(self) -> str:
        """Return how to call the proxy in a sentence."""
        proxy = self.proxy
        return f"the proxy {proxy.host}:{proxy.port}" if proxy else "the proxy"

    def _explain_proxy(self, error: Exception) -> Unreachable:
        status = _TUNNEL.search(str(error))
        if status is not None:
            return refused_by_proxy(int(status[1]), self.proxy_name())
        if isinstance(_inner(error), ssl.SSLError):
            reason = "cannot be talked to in TLS: its certificate is not to be trusted"
            if not isinstance(_inner(error), ssl.SSLCertVerificationError):
                reason = "cannot be talked to in TLS"
        else:
            _, reason = _words(error, self.timeout, reading=False)
        return Unreachable(f"{self.proxy_name()} {reason}", fault=Fault.PROXY)


_ON_THE_WAY: Final = (Fault.NAME, Fault.CONNECT)


def refused_by_proxy(status: int, name: str = "the proxy") -> Unreachable:
    """Return what a proxy's refusal means."""
    said = "wants another login" if status == 407 else "refuses the connection"
    return Unreachable(f"{name} {said} (status {status})", fault=Fault.PROXY)


def _hung_up(error: ProtocolError | ProxyError) -> bool:
    cause = error.original_error if isinstance(error, ProxyError) else _inner(error)
    return isinstance(cause, ConnectionError)


def _inner(error: Exception) -> Exception:
    """Return what urllib3 has wrapped."""
    while isinstance(error, SSLError | ProtocolError) and error.args:
        last = error.args[-1]
        if not isinstance(last, Exception):
            break
        error = last
    return error


_FAILURES: Final[tuple[tuple[type[Exception], Fault, str], ...]] = (
    (NameResolutionError, Fault.NAME, "is a name that cannot be resolved"),
    (NewConnectionError, Fault.CONNECT, "cannot be reached: there is no way to it"),
    (ConnectTimeoutError, Fault.TIMEOUT, "did not accept a connection within {timeout:g} s"),
    (PoolTimeout, Fault.TIMEOUT, "did not answer within {timeout:g} s"),
    (TimeoutError, Fault.TIMEOUT, "did not answer within {timeout:g} s"),
    (LocationParseError, Fault.NAME, "is no name of a host"),
    (ConnectionError, Fault.PROTOCOL, "closed the connection without an answer"),
    (Exception, Fault.PROTOCOL, "did not answer in HTTP"),
)
"""Before an answer, the first that fits; some of these are kinds of later ones."""

_INTERRUPTIONS: Final[tuple[tuple[type[Exception], Fault, str], ...]] = (
    (PoolTimeout, Fault.TIMEOUT, "stopped in the middle of its answer for {timeout:g} s"),
    (TimeoutError, Fault.TIMEOUT, "stopped in the middle of its answer for {timeout:g} s"),
    (DecodeError, Fault.PROTOCOL, "sent an answer whose compression is broken"),
    (Exception, Fault.PROTOCOL, "ended its answer in the middle"),
)


def _words(error: Exception, timeout: float, *, reading: bool) -> tuple[Fault, str]:
    """Return the kind of failure and what goes after the host's name."""
    if isinstance(error, NewConnectionError) and isinstance(
        error.__cause__, ConnectionRefusedError
    ):
        return Fault.CONNECT, "refuses connections"
    inner = _inner(error)
    for kind, fault, reason in _INTERRUPTIONS if reading else _FAILURES:
        if isinstance(inner, kind):
            return fault, reason.format(timeout=timeout)
    raise AssertionError from error
