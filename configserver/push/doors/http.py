"""HTTP `POST`, for doors: within limits, nowhere else than told, errors in an operator's words."""

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Final, Self
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorDNSError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)

from configserver.push import DeliveryFailed
from configserver.push.doors.tls import Trust, connection_failure

AGENT: Final = "configserver"

_HINTS: Final = {
    301: "set the url to where it redirects; redirects are not followed",
    401: "check the credentials that are set for it",
    403: "check the credentials that are set for it",
    404: "check the path of its url",
    405: "check the path of its url; an actuator endpoint has to be exposed",
}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Poster:
    """Sends to HTTP servers; opened and closed as an asynchronous context manager.

    No redirect is followed, no cookie kept, no proxy of the environment used, and nothing of an
    answer read but its status and headers, so that none can be too long.

    Args:
        ca_file: PEM file of CAs that are trusted besides the system's.
        seconds: how long one exchange may take in all.
        connect_seconds: how long connecting may take.
    """

    def __init__(
        self, *, ca_file: str | None = None, seconds: float = 10.0, connect_seconds: float = 5.0
    ) -> None:
        self._ca_file = ca_file
        self._seconds = seconds
        self._timeout = ClientTimeout(total=seconds, sock_connect=connect_seconds)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Read the certificates.

        Raises:
            OSError: the file of CAs cannot be read or holds none (`ssl.SSLError` is one too).
        """
        trust = await asyncio.to_thread(Trust(ca_file=self._ca_file).context)
        self._session = ClientSession(
            connector=TCPConnector(ssl=trust, limit=0, force_close=True),
            cookie_jar=DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        server_name: str | None = None,
    ) -> int:
        """Send a body and return the status of the answer, which is 2xx or 410.

        Args:
            url: where to.
            body: what is sent.
            headers: its type, signatures, credentials.
            server_name: whom the certificate has to be for, if not the host of the URL.

        Raises:
            DeliveryFailed: any other answer, or none.
        """
        if self._session is None:
            raise DeliveryFailed("is not open")
        try:
            async with self._session.post(
                url,
                data=body,
                headers={"User-Agent": AGENT, **headers},
                allow_redirects=False,
                server_hostname=server_name,
            ) as response:
                response.close()
                return _status(response)
        except ClientSSLError as error:
            raise connection_failure(error) from None
        except ClientConnectorDNSError:
            raise DeliveryFailed("its name has no address", hint="check its url") from None
        except TimeoutError:
            raise DeliveryFailed(f"no answer within {self._seconds:g} seconds") from None
        except InvalidURL:
            raise DeliveryFailed("its url is none", again=False) from None
        except (ClientError, OSError) as error:
            # The text of such an error may name the whole URL.
            raise DeliveryFailed(f"no answer: {_cause(error)}") from None


def origin(url: str) -> str:
    """Return scheme, host and port: what may be logged of a URL that somebody wrote."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` asks for, None if it asks for nothing known.

    Args:
        value: seconds, or a date of HTTP.
        now: seconds since 1970.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _status(response: ClientResponse) -> int:
    status = response.status
    if 200 <= status < 300 or status == 410:
        return status
    hint = _HINTS.get(301 if status in _REDIRECTS else status, "see its log")
    after = retry_after(response.headers.get("Retry-After"), time())
    raise DeliveryFailed(
        f"answers {status}", after=after if status in {429, 503} else None, hint=hint
    )


def _cause(error: BaseException) -> str:
    """Say what an error of the connection is, by its type alone: `ConnectionRefusedError`."""
    inner = getattr(error, "os_error", None) or error.__cause__ or error
    return type(inner).__name__
