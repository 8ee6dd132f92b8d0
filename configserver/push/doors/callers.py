"""Instances that are known because they asked: who may be called back, and where; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

PORT_HEADER: Final = "X-Config-Refresh-Port"
PATH_HEADER: Final = "X-Config-Refresh-Path"

_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){0,8}/refresh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may be called back.

    Attributes:
        networks: where instances live; nobody else is called.
        port: of those that name none.
        ports: what else a client may name.
        path: of those that name none.
        proxies: networks of proxies whose `X-Forwarded-For` is believed.
    """

    networks: tuple[Network, ...]
    port: int = 8080
    ports: tuple[int, ...] = ()
    path: str = "/actuator/refresh"
    proxies: tuple[Network, ...] = ()


def callback(remote: str | None, headers: Mapping[str, str], rules: Rules) -> str | None:
    """Return the URL under which a client can be told to refresh, None if it may not be.

    A client chooses port and path within the rules, never the address: that is the one it came
    from, or the one a trusted proxy saw.

    Args:
        remote: address of the connection's other end.
        headers: of the request, names in any case (as of `CIMultiDict`).
        rules: what is allowed.
    """
    address = _client(remote, headers.get("X-Forwarded-For", ""), rules.proxies)
    if address is None or not any(_within(address, network) for network in rules.networks):
        return None
    if address.is_multicast or address.is_unspecified:
        return None
    port = _port(headers.get(PORT_HEADER), rules)
    path = headers.get(PATH_HEADER, rules.path)
    if port is None or not _PATH.fullmatch(path):
        return None
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}:{port}{path}"


def _client(remote: str | None, forwarded: str, proxies: tuple[Network, ...]) -> Address | None:
    """Return the last address on the way here that is no trusted proxy."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()] if proxies else []
    address = _address(remote or "")
    while address is not None and hops and any(_within(address, proxy) for proxy in proxies):
        address = _address(hops.pop())
    return address


def _address(text: str) -> Address | None:
    """Return an address, one of IPv4 within IPv6 as IPv4; None for what is none, or has a zone."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return None
        return address.ipv4_mapped or address
    return address


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _port(named: str | None, rules: Rules) -> int | None:
    if named is None:
        return rules.port
    text = named.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        return None
    port = int(text)
    return port if port == rules.port or port in rules.ports else None
