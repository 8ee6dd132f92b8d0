"""Where a broker is, and URIs as they may stand on a bus that others read."""

import re
from dataclasses import dataclass
from typing import Final

from configserver.secret import Secret

_CREDENTIALS: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^\s/?#]*)@", re.IGNORECASE
)
_REST: Final = re.compile(r"[?#].*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A broker of RabbitMQ, and how to log in."""

    host: str
    port: int
    username: str
    password: Secret
    virtual_host: str
    tls: bool


def without_credentials(uri: str) -> str:
    """Return a URI without password, query and fragment; of the user only that of SSH is kept."""
    return _REST.sub("", _CREDENTIALS.sub(_stripped, uri))


def _stripped(found: re.Match[str]) -> str:
    user = found["user"].partition(":")[0]
    scheme = found["scheme"]
    if scheme.lower() in {"http", "https"} or not user:
        return f"{scheme}://"
    return f"{scheme}://{user}@"
