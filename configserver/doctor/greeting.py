"""What a Git host says over HTTP to somebody it does not know, and what time it has."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from configserver.backends.git.access import Proxy
from configserver.doctor.endpoint import Endpoint
from configserver.doctor.network import credentials_for, read_head
from configserver.doctor.report import Warned

SKEW: Final = 60.0
"""Seconds that two clocks may be apart."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """The answer to a request without credentials.

    Attributes:
        status: of HTTP, None if there was no such answer.
        skew: seconds that our clock is ahead of the host's, None if the host does not tell.
    """

    status: int | None = None
    skew: float | None = None

    def warnings(self) -> tuple[Warned, ...]:
        """Warn of clocks that are apart."""
        if self.skew is None or abs(self.skew) <= SKEW:
            return ()
        where = "ahead of" if self.skew > 0 else "behind"
        return (
            Warned(
                f"this machine's clock is {abs(self.skew):.0f} s {where} the host's: tokens and "
                "certificates may be refused",
                "set the clock, such as with NTP",
            ),
        )


def greet(
    dial: Callable[[], socket.socket], endpoint: Endpoint, proxy: Proxy | None = None
) -> Greeting:
    """Ask for the refs without credentials.

    Args:
        dial: connects to the host, or to the proxy.
        endpoint: the remote.
        proxy: what is connected to, if it is to pass on the request rather than a tunnel.
    """
    path = f"{endpoint.path.rstrip('/')}/info/refs?service=git-upload-pack"
    host = f"{endpoint.host}:{endpoint.port}"
    target = f"{endpoint.scheme}://{host}{path}" if proxy else path
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "User-Agent: git/configserver-doctor"]
    lines += [*(credentials_for(proxy) if proxy else ()), "Connection: close", "", ""]
    try:
        with dial() as connection:
            connection.sendall("\r\n".join(lines).encode("latin-1", "replace"))
            return greeting_of(read_head(connection), datetime.now(UTC))
    except OSError:
        return Greeting()


def greeting_of(head: str, now: datetime) -> Greeting:
    """Read status line and headers."""
    first, *headers = head.split("\r\n")
    words = first.split(" ")
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
    date = next((line[5:].strip() for line in headers if line.lower().startswith("date:")), "")
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return Greeting(status)
    return Greeting(status, (now - then.astimezone(UTC)).total_seconds())
