"""A running server as its clients see it, over HTTP."""

import json
import netrc
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import HTTPResponse, PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import HTTPError, LocationParseError

from configserver.cli.sse import Event, events
from configserver.cli.unreached import advice, said
from configserver.doctor.text import printable
from configserver.errors import ConfigError, InvalidRequest
from configserver.query import SLASH, Query

USERNAME: Final = "SPRING_CLOUD_CONFIG_USERNAME"
PASSWORD: Final = "SPRING_CLOUD_CONFIG_PASSWORD"  # noqa: S105 - a name
AUTHORIZATION: Final = "SPRING_CLOUD_CONFIG_HEADERS_AUTHORIZATION"
"""Variables that Boot's clients read as properties of the same names."""

_TIMEOUT: Final = Timeout(connect=10, read=90)
"""Seconds; streams have a sign of life more often."""

_MAX_ERROR: Final = 64 * 1024
_MAX_ENVIRONMENT: Final = 64 * 1024 * 1024
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
_EVENTS: Final = "text/event-stream"


class NoAnswer(ConfigError):
    """A server that cannot be reached, or answers with an error.

    Attributes:
        passing: whether another try may go well.
        answered: the status of the answer, None if there was none.
    """

    def __init__(
        self, reason: str, *, hint: str = "", passing: bool, answered: int | None = None
    ) -> None:
        super().__init__(reason, hint=hint)
        self.passing = passing
        self.answered = answered
        self.status = answered or self.status


class Server:
    """Talks to one server; without it, connections are neither opened nor kept.

    Args:
        url: of the server, with its prefix if it has one.
        environ: variables, for credentials.

    Raises:
        InvalidRequest: the URL is none, or holds credentials.
    """

    def __init__(self, url: str, environ: Mapping[str, str] = os.environ) -> None:
        parts = _parts(url)
        if parts.username is not None or parts.password is not None:
            raise InvalidRequest(
                "the URL holds credentials, which others can see in the list of processes",
                hint=f"put them into ~/.netrc, or into {USERNAME} and {PASSWORD}",
            )
        self.url = url.rstrip("/")
        host = parts.hostname or ""
        self._pools = _pools(parts.scheme, host)
        self._headers = {"User-Agent": "configserver", **_authorization(host, environ)}

    def stream(self, query: Query, last_event_id: str | None) -> Iterator[Event]:
        """Yield events until the server ends the stream; the first comes as soon as it is open.

        Raises:
            NoAnswer: no stream, or none any more.
        """
        headers = {"Accept": f"{_EVENTS}, application/json;q=0.1", "Cache-Control": "no-store"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        response = self._get(f"/watch{_path(query)}", headers)
        try:
            if not response.headers.get("Content-Type", "").startswith(_EVENTS):
                raise NoAnswer(
                    f"{self.url} answers, but lets nobody watch",
                    hint="check --url and its prefix, and configserver.watch.enabled there",
                    passing=False,
                )
            yield from events(_chunks(response))
        except (HTTPError, OSError) as error:
            raise NoAnswer(f"the connection broke: {said(error)}", passing=True) from None
        finally:
            response.close()

    def environment(self, query: Query) -> Any:
        """Return the JSON of an environment.

        Raises:
            NoAnswer: there is none.
        """
        response = self._get(_path(query), {"Accept": "application/json"})
        try:
            return json.loads(response.read(_MAX_ENVIRONMENT))
        except (HTTPError, OSError, ValueError) as error:
            raise NoAnswer(f"the answer cannot be read: {said(error)}", passing=True) from None
        finally:
            response.close()

    def _get(self, path: str, headers: Mapping[str, str]) -> HTTPResponse:
        try:
            response = self._pools.request(
                "GET",
                f"{self.url}{path}",
                headers={**self._headers, **headers},
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
            )
        except (HTTPError, OSError, LocationParseError) as error:
            reason = f"cannot connect to {self.url}: {said(error)}"
            raise NoAnswer(reason, hint=advice(error), passing=True) from None
        if not isinstance(response, HTTPResponse):
            raise TypeError(type(response))
        if response.status == 200:
            return response
        body = response.read(_MAX_ERROR)
        response.close()
        raise _refused(response.status, body, response.headers.get("Location"))


def _parts(url: str) -> SplitResult:
    """Return the parts of a server's URL.

    Raises:
        InvalidRequest: it is none, or has what no server's URL has.
    """
    with suppress(ValueError):  # no number for a port, say
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        if whole and not parts.query and not parts.fragment:
            return parts
    raise InvalidRequest("the URL is none", hint="give one such as http://localhost:8888")


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    while data := response.read1(65536):
        yield data


def _path(query: Query) -> str:
    label = () if query.label is None else (query.label,)
    parts = (query.name, query.profiles, *label)
    return "".join(f"/{quote(part.replace('/', SLASH), safe=',()')}" for part in parts)


def _pools(scheme: str, host: str) -> PoolManager:
    context = ssl.create_default_context() if scheme == "https" else None
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    if proxy:
        return ProxyManager(proxy, ssl_context=context)
    return PoolManager(ssl_context=context)


def _authorization(host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header that the variables say, or `.netrc`."""
    if header := environ.get(AUTHORIZATION):
        return {"Authorization": header}
    if password := environ.get(PASSWORD):
        return make_headers(basic_auth=f"{environ.get(USERNAME, 'user')}:{password}")
    with suppress(OSError, netrc.NetrcParseError):
        if known := netrc.netrc(environ.get("NETRC")).authenticators(host):
            return make_headers(basic_auth=f"{known[0]}:{known[2]}")
    return {}


def _refused(status: int, body: bytes, location: str | None) -> NoAnswer:
    """Return what the server says of itself, as far as it says something."""
    reason, hint = "", ""
    if location:  # not followed: credentials are for the server that was named
        reason, hint = f"the server redirects to {location}", "give that server as --url"
    with suppress(ValueError, AttributeError):
        told = json.loads(body)
        reason, hint = str(told.get("message") or ""), str(told.get("hint") or "")
    if status in {401, 403} and not hint:
        hint = f"put credentials into ~/.netrc, or into {USERNAME} and {PASSWORD}"
    if status == 404 and not hint:
        hint = "check application, profile and label, --url and its prefix"
    reason = printable(reason) or "the server says no more"
    return NoAnswer(reason, hint=printable(hint), passing=status in _PASSING, answered=status)
