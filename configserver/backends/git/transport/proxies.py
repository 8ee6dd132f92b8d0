"""Which proxy a request goes through; pure."""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import unquote, urlsplit

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret

_PORTS: Final = {"http": 1080, "https": 443}
"""What curl assumes where a proxy in the environment has no port."""


def proxy_for(target: Target, access: Access, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a target: a configured one, else the environment's.

    The configured proxy is that of the target's scheme, else the other one. The environment is
    asked as curl and Git do: `http_proxy` (in lower case alone), `https_proxy`, `all_proxy` and
    `no_proxy`.

    Raises:
        Unreachable: the environment's proxy is none that is supported.
    """
    configured = (access.http_proxy, access.https_proxy)
    first, second = configured if target.scheme == "http" else reversed(configured)
    proxy = first or second
    if proxy is not None:
        return None if _excepted(target.host, proxy.exceptions) else proxy
    return _from_environment(target, environment)


def _excepted(host: str, patterns: tuple[str, ...]) -> bool:
    """Match as Java does: `*` is any text, upper and lower case are one."""
    return any(
        re.fullmatch(
            re.escape(pattern.strip().strip("[]")).replace(r"\*", ".*"), host, re.IGNORECASE
        )
        for pattern in patterns
    )


def _from_environment(target: Target, environment: Mapping[str, str]) -> Proxy | None:
    names = [f"{target.scheme}_proxy", "all_proxy"]
    # HTTP_PROXY may come from a client's header Proxy where CGI is at work.
    names[1:1] = ["HTTPS_PROXY"] if target.scheme == "https" else []
    url = next((found for name in [*names, "ALL_PROXY"] if (found := environment.get(name))), None)
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if url is None or _spared(target.host, exceptions):
        return None
    return _parsed(url)


def _spared(host: str, exceptions: str) -> bool:
    """Match as curl does: whole domains, addresses, networks, `*` alone."""
    for name in exceptions.replace(",", " ").lower().split():
        if name == "*" or host == name.strip("[]"):
            return True
        try:
            if ip_address(host) in ip_network(name, strict=False):
                return True
        except ValueError:
            domain = name.strip(".")
            if host == domain or host.endswith(f".{domain}"):
                return True
    return False


def _parsed(url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        raise _unusable() from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _unusable()
    return Proxy(
        parts.hostname,
        _PORTS[parts.scheme] if port is None else port,
        tls=parts.scheme == "https",
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else Secret(unquote(parts.password)),
    )


def _unusable() -> Unreachable:
    return Unreachable(
        "the proxy in the environment is not one of http://host:port or https://host:port",
        fault=Fault.PROXY,
        hint="check http_proxy, https_proxy and all_proxy, or set git.proxy.*",
    )
