"""Git over HTTP(S): redirects, credentials and answers, on top of dulwich's protocol."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin

from dulwich.client import AbstractHttpGitClient, default_user_agent_string
from dulwich.errors import GitProtocolError
from dulwich.protocol import CAPABILITY_PACKFILE_URIS
from urllib3.util import parse_url

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport import adverts
from configserver.backends.git.transport.answer import Answer
from configserver.backends.git.transport.exchange import Exchange
from configserver.backends.git.transport.explain import KEEPALIVE
from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.target import Target

_REDIRECTS: Final = 5
_REFS: Final = "info/refs?service=git-upload-pack"
_ADVERT: Final = "application/x-git-upload-pack-advertisement"
_LISTED: Final = re.compile(rb"[0-9a-f]{40,64}\t")
_LS_REFS: Final = b"command=ls-refs"
_COMMAND: Final = 32
_OUTDATED: Final = (Fault.PROTOCOL, Fault.ABSENT)
"""Failures that a request may owe to what is remembered of a host."""


class HttpClient(AbstractHttpGitClient):
    """Talks to one host, and to where it redirects without the credentials.

    Args:
        target: the host and the repository.
        access: TLS and proxies.
        login: what the target, and nobody else, is sent.
        timeout: seconds for connecting, and for each wait after that.
    """

    def __init__(
        self, target: Target, access: Access, login: Login | None, *, timeout: float
    ) -> None:
        super().__init__(target.base)
        # Packs from other hosts would need rules of their own for who may be asked for them.
        self._fetch_capabilities.discard(CAPABILITY_PACKFILE_URIS)
        self._target = target
        self._access = access
        self._login = login
        self._timeout = timeout

    def _get_url(self, path: str | bytes) -> str:
        text = path.decode() if isinstance(path, bytes) else path
        return f"{self._target.base}/{text.strip('/')}/"

    def _discover_references(
        self,
        service: bytes,
        base_url: str,
        protocol_version: int | None = None,
        ref_prefix: Sequence[bytes] | None = None,
    ) -> Any:
        """See AbstractHttpGitClient; what is remembered of a host may hold no longer."""
        ask = partial(super()._discover_references, service, base_url, protocol_version, ref_prefix)
        try:
            return ask()
        except (Unreachable, GitProtocolError, ValueError) as error:
            lasting = isinstance(error, Unreachable) and error.fault not in _OUTDATED
            known = adverts.forget((f"{base_url}{_REFS}", self._login))
            if lasting or not known:
                raise
        return ask()

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,  # noqa: FBT001, FBT002 - dulwich's signature
    ) -> Any:
        """See AbstractHttpGitClient: return the answer and how to read it."""
        body = b"".join(data) if isinstance(data, Iterator) else data
        opening = url.endswith(_REFS) and raise_for_status
        advert = adverts.recall((url, self._login)) if opening else None
        if advert is not None:
            return advert, advert.reader().read
        answer, found = self._follow(url, headers or {}, body, checked=raise_for_status)
        answer.redirect_location = "" if found == url else found
        if opening:
            text = answer.load()
            self._require_git(answer, text)
            if not answer.redirect_location:
                known = adverts.Advert(answer.content_type, text)
                adverts.remember((url, self._login), known)
        elif _LS_REFS in (body or b"")[:_COMMAND]:
            answer.load()
        return answer, answer.read

    def _follow(
        self, url: str, headers: Mapping[str, str], body: bytes | None, *, checked: bool
    ) -> tuple[Answer, str]:
        """Ask, and go where that redirects to; return the last answer and its URL."""
        for _ in range(_REDIRECTS + 1):
            target = Target.parse(url)
            access = self._access if self._is_sent_to(target) else _anonymous(self._access)
            exchange = Exchange(target, access, self._timeout, _lull(body))
            answer = self._ask(exchange, url, headers, body)
            if checked:
                answer.check(sent=self._is_sent_to(exchange.target), login=self._login)
            location = answer.location(posted=body is not None)
            if location is None:
                return answer, url
            answer.close()
            url = _next(url, location)
        raise Unreachable(
            f"{self._target.authority} redirects more than {_REDIRECTS} times",
            fault=Fault.PROTOCOL,
        )

    def _ask(
        self, exchange: Exchange, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        sent = {"User-Agent": default_user_agent_string(), **headers, "Pragma": "no-cache"}
        if self._login is not None and self._is_sent_to(exchange.target):
            sent["Authorization"] = self._login.header()
        method = "GET" if body is None else "POST"
        return Answer(exchange.send(method, url, headers=sent, body=body), exchange)

    def _require_git(self, answer: Answer, text: bytes) -> None:
        """Refuse what would be read as a repository without any branch.

        Raises:
            Unreachable: it is neither an answer of Git nor a list of refs.
        """
        if answer.content_type != _ADVERT and not _LISTED.match(text):
            raise Unreachable(
                f"{self._target.authority} does not answer as Git does", fault=Fault.PROTOCOL
            )

    def _is_sent_to(self, target: Target) -> bool:
        return target.origin == self._target.origin


def _anonymous(access: Access) -> Access:
    """Return what another host than the configured one is talked to with."""
    return replace(access, client_certificate=None, client_key=None)


def _lull(body: bytes | None) -> float:
    """Return how much longer the answer may take: packs are prepared, refs are not."""
    return 0.0 if body is None or _LS_REFS in body[:_COMMAND] else KEEPALIVE


def _next(url: str, location: str) -> str:
    """Return where a redirect leads to.

    Raises:
        Unreachable: it leaves TLS, or leads to something that is no repository.
    """
    parts = parse_url(urljoin(url, location))
    host = Target.parse(url).authority
    if parts.scheme not in {"http", "https"}:
        raise Unreachable(f"{host} redirects to what is not HTTP", fault=Fault.PROTOCOL)
    if parts.scheme == "http" and url.startswith("https:"):
        raise Unreachable(
            f"{host} redirects from https to http, which is refused", fault=Fault.PROTOCOL
        )
    if url.endswith(_REFS) and not (parts.request_uri or "").endswith(_REFS):
        raise Unreachable(
            f"{host} redirects to a page that is no repository, such as one for logging in",
            fault=Fault.PROTOCOL,
        )
    return parts._replace(auth=None, fragment=None).url
