"""Kept connections: one pool for each way of reaching hosts, so that handshakes are rare."""

import base64
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from urllib3 import PoolManager, ProxyManager

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import unusable

_MANAGERS: Final = 16
_HOSTS: Final = 8
_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class _File:
    """A file in one state; another state is another value."""

    path: str
    state: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Trust:
    verify: bool
    ca: _File | None
    certificate: _File | None
    key: _File | None


def pool_manager(access: Access, proxy: Proxy | None, *, tls: bool) -> PoolManager:
    """Return the pools for an access; connections stay open for the next call.

    Files of certificates are read anew when they have changed.

    Raises:
        Unreachable: a file of certificates cannot be used.
    """
    if not tls and (proxy is None or not proxy.tls):
        return _manager(None, proxy)
    trust = _Trust(
        access.verify_tls,
        _file(access.ca_file, "the CA file"),
        _file(access.client_certificate, "the client certificate"),
        _file(access.client_key, "the client key"),
    )
    return _manager(trust, proxy)


def basic(username: str, password: str) -> str:
    """Return the value of a header that holds user and password."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


@lru_cache(_MANAGERS)
def _manager(trust: _Trust | None, proxy: Proxy | None) -> PoolManager:
    context = None if trust is None else _context(trust)
    if proxy is None:
        return PoolManager(_HOSTS, maxsize=_KEPT, ssl_context=context)
    scheme = "https" if proxy.tls else "http"
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    headers = {}
    if proxy.username is not None:
        password = proxy.password.reveal() if proxy.password else ""
        headers["Proxy-Authorization"] = basic(proxy.username, password)
    return ProxyManager(
        f"{scheme}://{host}:{proxy.port}",
        _HOSTS,
        maxsize=_KEPT,
        ssl_context=context,
        proxy_headers=headers,
        # Our own certificate is meant for the Git host.
        proxy_ssl_context=None
        if trust is None
        else _context(_Trust(trust.verify, trust.ca, None, None)),
    )


def _context(trust: _Trust) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if trust.ca is not None:
        try:
            context.load_verify_locations(trust.ca.path)
        except OSError:
            raise unusable(f"the CA file {trust.ca.path} holds no certificates in PEM") from None
    if trust.certificate is not None:
        key = None if trust.key is None else trust.key.path
        try:
            # The password's text keeps OpenSSL from asking for one at the terminal.
            context.load_cert_chain(trust.certificate.path, key, password="")
        except (OSError, ValueError):
            raise unusable(
                f"the client certificate {trust.certificate.path} and its key are no pair in PEM"
            ) from None
    return context


def _file(path: str | None, what: str) -> _File | None:
    if path is None:
        return None
    try:
        found = Path(path).stat()
    except OSError as error:
        raise unusable(f"{what} {path} cannot be read: {error.strerror}") from None
    return _File(path, (found.st_mtime_ns, found.st_ino, found.st_size))
