"""Where a remote listens, and through which proxy it is reached; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.transport import proxies, ssh_command
from configserver.backends.git.transport.ssh_address import SshAddress
from configserver.backends.git.transport.target import Target as HttpTarget
from configserver.doctor.report import StepFailed

PORTS: Final = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
"""The port of each kind of remote that is used if none is named."""

_SSH: Final = ("ssh", "git+ssh", "ssh+git")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The network's part of a remote's URI.

    Attributes:
        scheme: `http`, `https`, `ssh` or `git`.
        host: name or address, without brackets.
        port: where it listens.
        user: the user named in the URI, decoded.
        path: of the repository, without a query.
        has_password: whether the URI holds one.
    """

    scheme: str
    host: str
    port: int
    user: str | None
    path: str
    has_password: bool = False


def endpoint_of(uri: str) -> Endpoint:
    """Take a remote's URI apart as the transports do.

    Raises:
        StepFailed: it is none.
        Unreachable: a part of it cannot be used.
    """
    scheme = uri.partition("://")[0].lower() if "://" in uri else "ssh"
    if scheme in _SSH:
        ssh = SshAddress.parse(uri)
        port = ssh.port or PORTS["ssh"]
        return Endpoint("ssh", ssh.host, port, ssh.user, ssh.path, ssh.password is not None)
    if scheme in {"http", "https"}:
        web = HttpTarget.parse(uri)
        has_password = web.password is not None
        return Endpoint(web.scheme, web.host, web.port, web.username, web.path, has_password)
    if scheme != "git":
        raise _unusable(f"'{scheme}:' is not supported")
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port or PORTS["git"]
    except ValueError:
        raise _unusable("host or port cannot be understood") from None
    if not host:
        raise _unusable("it names no host")
    return Endpoint("git", host, port, None, parts.path)


def proxy_for(endpoint: Endpoint, access: Access, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that a remote is reached through, None if it is reached directly.

    Raises:
        Unreachable: the environment's proxy is none that is supported.
    """
    if endpoint.scheme == "ssh":
        return ssh_command.proxy_for(access, endpoint.host)
    if endpoint.scheme == "git":
        return None
    target = HttpTarget(endpoint.scheme, endpoint.host, endpoint.port, endpoint.path)
    return proxies.proxy_for(target, access, environment)


def _unusable(why: str) -> StepFailed:
    return StepFailed(
        "the URI cannot be used",
        why=why,
        do="write https://host/path, ssh://user@host/path, user@host:path, git://host/path or "
        "file:///path",
    )
