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

_REDIRECTIONS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Greeting:
    """The answer to a request without credentials.

    Attributes:
        status: of HTTP, None if there was no such answer.
        skew: seconds that our clock is ahead of the host's, None if the host does not tell.
        location: where the host sends us instead, empty if it does not.
    """

    status: int | None = None
    skew: float | None = None
    location: str = ""

    def warnings(self) -> tuple[Warned, ...]:
        """Warn of clocks that are apart, and of redirections."""
        found: list[Warned] = []
        if self.skew is not None and abs(self.skew) > SKEW:
            where = "ahead of" if self.skew > 0 else "behind"
            why = f"this machine's clock is {abs(self.skew):.0f} s {where} the host's"
            do = "set the clock, such as with NTP: tokens and certificates may be refused"
            found.append(Warned(why, do))
        if self.location:
            why = f"the host redirects to {self.location.partition('/info/refs')[0]}"
            found.append(Warned(why, "write that in the URI: credentials stay with their host"))
        return tuple(found)


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
    fields = {name.strip().lower(): value.strip() for name, _, value in map(_parts, headers)}
    location = fields.get("location", "") if status in _REDIRECTIONS else ""
    try:
        then = parsedate_to_datetime(fields.get("date", ""))
    except ValueError:
        return Greeting(status, None, location)
    return Greeting(status, (now - then.astimezone(UTC)).total_seconds(), location)


def _parts(header: str) -> tuple[str, str, str]:
    return header.partition(":")
