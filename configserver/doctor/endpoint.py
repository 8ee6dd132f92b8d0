"""Where a remote listens, and through which proxy it is reached; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from configserver.backends.git import proxies, ssh_command
from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.target import Target as HttpTarget
from configserver.doctor.report import StepFailed

PORTS: Final = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
"""The port of each kind of remote that is used if none is named."""

_SCP: Final = re.compile(r"(?:(?P<user>[^/@:]+)@)?(?P<host>\[[^\]]+\]|[^/:]+):(?!//)(?P<path>.*)")
_SCHEMES: Final = {"git+ssh": "ssh", "ssh+git": "ssh"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The network's part of a remote's URI.

    Attributes:
        scheme: `http`, `https`, `ssh` or `git`.
        host: name or address, without brackets.
        port: where it listens.
        user: the user named in the URI, with ssh.
        path: of the repository, without a query.
    """

    scheme: str
    host: str
    port: int
    user: str | None
    path: str


def endpoint_of(uri: str) -> Endpoint:
    """Take a remote's URI apart.

    Raises:
        StepFailed: it is none.
    """
    if "://" not in uri:
        scp = _SCP.fullmatch(uri)
        if scp is None:
            raise _unusable("it is no URI of a Git repository")
        return Endpoint("ssh", scp["host"].strip("[]"), PORTS["ssh"], scp["user"], scp["path"])
    try:
        parts = urlsplit(uri)
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        raise _unusable("host or port cannot be read") from None
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    if scheme not in PORTS:
        raise _unusable(f"'{scheme}:' is not supported")
    if not host:
        raise _unusable("it names no host")
    if "{" in parts.netloc:
        raise _unusable("a placeholder stands in the host or port")
    return Endpoint(scheme, host, port or PORTS[scheme], user, parts.path)


def proxy_for(endpoint: Endpoint, access: Access, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that a remote is reached through, None if it is reached directly.

    Raises:
        Unreachable: the environment's proxy is none that is supported.
    """
    if endpoint.scheme == "ssh":
        return ssh_command.proxy_for(access, endpoint.host)
    if endpoint.scheme == "git":
        return None
    port = endpoint.port
    target = HttpTarget(endpoint.scheme, endpoint.host.lower(), port, endpoint.path or "/")
    return proxies.proxy_for(target, access, environment)


def _unusable(why: str) -> StepFailed:
    return StepFailed(
        "the URI cannot be used",
        why=why,
        do="write https://host/path, ssh://user@host/path, user@host:path, git://host/path or "
        "file:///path",
    )
