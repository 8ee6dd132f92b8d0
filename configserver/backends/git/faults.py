"""What can go wrong between a mirror and its remote, and what to do about it; pure."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from configserver.errors import Unavailable


class Fault(StrEnum):
    """A kind of failure, as it is shown in logs, in health and by `configserver doctor`."""

    NAME = "name"
    """The host's name cannot be resolved."""
    CONNECT = "connect"
    """Nothing listens there, or there is no way to the host."""
    TIMEOUT = "timeout"
    """The remote, or a step on the way to it, did not answer in time."""
    PROXY = "proxy"
    """The proxy refused, or cannot be reached."""
    CERTIFICATE = "certificate"
    """The remote's TLS certificate is not to be trusted, or ours is refused."""
    HOST_KEY = "host key"
    """The SSH host's key is unknown or changed."""
    LOGIN = "login"
    """The credentials are missing or refused: 401, or no accepted SSH key."""
    FORBIDDEN = "forbidden"
    """Logged in, but not allowed: 403."""
    ABSENT = "absent"
    """There is no such repository: 404."""
    SERVER = "server"
    """The Git host has trouble of its own: 5xx."""
    PROTOCOL = "protocol"
    """What came is not what Git sends: a truncated pack, a web page."""
    CREDENTIALS = "credentials"
    """The credentials cannot be had here: a missing file, a failing helper, a bad key."""
    DISK = "disk"
    """The mirror cannot be written: full, read-only, no rights."""
    MIRROR = "mirror"
    """The mirror on disk is damaged; it is made anew."""
    WORKER = "worker"
    """The process that fetches ended unexpectedly, or took more memory than allowed."""


class Unreachable(Unavailable):
    """A remote that cannot be fetched; the reason holds no secret."""

    def __init__(self, reason: str, *, fault: Fault, hint: str = "") -> None:
        super().__init__(reason, hint=hint or HINTS[fault])
        self.fault = fault

    def at(
        self,
        *,
        repository: str | None = None,
        version: str | None = None,
        path: str | None = None,
    ) -> Self:
        """See ConfigError."""
        found = type(self)(self.reason, fault=self.fault, hint=self.hint)
        found.repository = self.repository or repository
        found.version = self.version or version
        found.path = self.path or path
        return found


def unusable(reason: str) -> Unreachable:
    """Return the failure of a key, certificate or credential that cannot be used here."""
    return Unreachable(reason, fault=Fault.CREDENTIALS)


HINTS: Final = MappingProxyType(
    {
        Fault.NAME: "check the host in the URI, and this machine's DNS",
        Fault.CONNECT: "check host and port in the URI, firewalls, and whether a proxy is needed",
        Fault.TIMEOUT: "check the network on the way to the host, or raise git.timeout",
        Fault.PROXY: "check git.proxy.* and the proxy's own log",
        Fault.CERTIFICATE: "name the CA in configserver.git.ca-file, or renew the certificate",
        Fault.HOST_KEY: "compare the host's key with its publisher's, then set git.host-key",
        Fault.LOGIN: "check user and password, token or key, and whether they have expired",
        Fault.FORBIDDEN: "give this user or key the right to read the repository",
        Fault.ABSENT: "check the path in the URI; many hosts say this to a missing right, too",
        Fault.SERVER: "look at the Git host's status and logs",
        Fault.PROTOCOL: "check that the URI leads to a Git repository, and what is in between",
        Fault.CREDENTIALS: "check the files, the helper command and the keys that are configured",
        Fault.DISK: "make room, or check the rights of configserver.state-dir",
        Fault.MIRROR: "nothing: it is cloned anew while the last state goes on being served",
        Fault.WORKER: "look at the machine's memory and the log; see configserver.fetch-memory",
    }
)
"""What an operator can do about each."""
