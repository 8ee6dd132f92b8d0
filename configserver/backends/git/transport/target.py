"""An http(s) URI taken apart: where to connect to, which path, which credentials; pure."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from configserver.backends.git.faults import Fault, Unreachable
from configserver.secret import Secret

_PORTS: Final = {"http": 80, "https": 443}
_HINT: Final = "write the URI as https://host:port/path"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Attributes:
        scheme: `http` or `https`.
        host: in lower case, an IPv6 address without brackets.
        port: the scheme's own if none was given.
        path: with a slash in front, as written in the URI, without query and fragment.
        username: from the URI, decoded; None without one.
        password: see `username`.
    """

    scheme: str
    host: str
    port: int
    path: str
    username: str | None = None
    password: Secret | None = None

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Take a URI apart.

        Raises:
            Unreachable: it has no usable host or port.
        """
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise Unreachable(
                "host or port in the URI cannot be understood", fault=Fault.NAME, hint=_HINT
            ) from None
        if not host or parts.scheme not in _PORTS or _odd(host) or _odd(parts.path):
            raise Unreachable("the URI cannot be understood", fault=Fault.NAME, hint=_HINT)
        return cls(
            parts.scheme,
            host,
            _PORTS[parts.scheme] if port is None else port,
            parts.path or "/",
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else Secret(unquote(parts.password)),
        )

    @property
    def authority(self) -> str:
        """Host and port, the latter only if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def base(self) -> str:
        """The URI of the host, without credentials, path and final slash."""
        return f"{self.scheme}://{self.authority}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials are bound to."""
        return self.scheme, self.host, self.port


def _odd(text: str) -> bool:
    return any(char <= " " or char in "\\\x7f" for char in text)
