"""Answers over HTTP: what their status means, and reading them without losing the connection."""

import io
from collections.abc import Callable
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.exchange import Exchange, refused_by_proxy
from configserver.backends.git.transport.login import Login

_MOST_REFS: Final = 64 << 20
_REST: Final = 64 << 10
_HTML: Final = ("text/html", "application/xhtml")


class LoginRefused(Unreachable):
    """The host answered 401 to the credentials that it was sent."""


class Answer:
    """An answer as dulwich reads it; its connection is kept once it was read to the end."""

    def __init__(self, response: BaseHTTPResponse, exchange: Exchange) -> None:
        self._response = response
        self._exchange = exchange
        self._loaded: io.BytesIO | None = None
        self._broken = False
        self.status = response.status
        self.content_type = response.headers.get("Content-Type")
        self.redirect_location = ""

    def check(self, *, sent: bool, login: Login | None) -> None:
        """Raise what a status, or a web page in place of Git, means.

        Args:
            sent: whether this is the host that gets the credentials.
            login: the credentials, if there are any.

        Raises:
            Unreachable: it is not what was asked for.
        """
        host = self._exchange.place()
        if self.status == 407:
            fault: Unreachable | None = refused_by_proxy(407, self._exchange.proxy_name())
        elif self.status == 401:
            fault = _unauthorized(self._exchange, sent=sent, login=login)
        else:
            fault = _refused(host, self.status)
        if fault is None and self.status != 200 and not self._response.get_redirect_location():
            fault = Unreachable(f"{host} redirects to nowhere", fault=Fault.PROTOCOL)
        if fault is None and self.status == 200 and (self.content_type or "").startswith(_HTML):
            fault = Unreachable(f"{host} sent a web page and not Git", fault=Fault.PROTOCOL)
        if fault is not None:
            self._response.close()
            raise fault

    def location(self, *, posted: bool) -> str | None:
        """Return where the answer redirects to, None if it does not.

        Raises:
            Unreachable: a request that carries data may not go there.
        """
        found = self._response.get_redirect_location()
        if posted and found and self.status not in {307, 308}:
            raise Unreachable(
                f"{self._exchange.target.authority} redirects in the middle of a transfer",
                fault=Fault.PROTOCOL,
            )
        return found or None

    def load(self) -> bytes:
        """Read it to the end, so that its connection is free for the next request."""
        text = self._guard(lambda: self._response.read(_MOST_REFS + 1))
        if len(text) > _MOST_REFS:
            raise Unreachable(
                f"{self._exchange.target.authority} has too many refs", fault=Fault.PROTOCOL
            )
        self._loaded = io.BytesIO(text)
        return text

    def read(self, count: int | None = None) -> bytes:
        """Return as many bytes, fewer at the end.

        Raises:
            Unreachable: nothing more came, or only in part.
        """
        if self._loaded is not None:
            return self._loaded.read(count)
        return self._guard(lambda: self._response.read(count))

    def close(self) -> None:
        """Give the connection back if hardly anything is left to be read, else close it."""
        if self._loaded is None and not self._broken and self.status == 200:
            try:
                self._guard(lambda: self._response.read(_REST))
            except Unreachable:
                self._broken = True
        self._response.close()

    def _guard(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            self._broken = True
            raise self._exchange.explain(error, reading=True) from None


def _unauthorized(exchange: Exchange, *, sent: bool, login: Login | None) -> Unreachable:
    host = exchange.place()
    if not sent:
        return Unreachable(
            f"{host}, to which the configured host redirects, wants a login",
            fault=Fault.LOGIN,
            hint=f"begin the URI with {exchange.target.base}: credentials go nowhere else",
        )
    if login is None:
        return Unreachable(f"{host} wants a login, and none is configured", fault=Fault.LOGIN)
    return LoginRefused(f"{host} refuses the login", fault=Fault.LOGIN)


def _refused(host: str, status: int) -> Unreachable | None:
    match status:
        case 200 | 301 | 302 | 303 | 307 | 308:
            return None
        case 403:
            return Unreachable(f"{host} forbids to read the repository", fault=Fault.FORBIDDEN)
        case 404 | 410:
            return Unreachable(f"{host} has no such repository", fault=Fault.ABSENT)
        case 429:
            return Unreachable(f"{host} wants fewer requests (status 429)", fault=Fault.SERVER)
        case _ if status >= 500:
            return Unreachable(f"{host} has trouble (status {status})", fault=Fault.SERVER)
    return Unreachable(f"{host} answered with status {status}", fault=Fault.PROTOCOL)
