"""HTTP with Vault: one request at a time, a bounded answer, and what a failure means."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from aiohttp import ClientConnectorCertificateError, ClientError, ClientSession, TCPConnector

from configserver.kms import Refused, Trouble, Unreachable, said

MAX_ANSWER: Final = 1024 * 1024
"""Bytes of an answer; a wrapped key has some thousand."""

_HTML_OR_WORSE: Final = "is the address that of Vault itself, https://HOST:8200?"


class VaultApi:
    """Requests to one server.

    Args:
        session: sends them.
        base: the address of the server.
        namespace: of the paths, None for the root.
    """

    def __init__(self, session: ClientSession, base: str, namespace: str | None) -> None:
        self._session = session
        self._base = base.rstrip("/")
        self._sent: list[str] = []
        self._headers = {"X-Vault-Request": "true", "Accept-Encoding": "identity"}
        if namespace:
            self._headers["X-Vault-Namespace"] = namespace

    async def post(
        self, path: Iterable[str], body: Mapping[str, str], *, token: str = ""
    ) -> Mapping[str, Any]:
        """Send an object and return the one that is answered.

        Args:
            path: parts after `/v1/`, not quoted; slashes within them stay.
            body: what is sent.
            token: who is asking; nobody if empty.

        Raises:
            Unreachable: there is no answer, or none that Vault gives.
            Answered: Vault says no, with a status.
        """
        url = f"{self._base}/v1/{'/'.join(map(quote, path))}"
        self._sent += [token, *body.values()]
        headers = {**self._headers, **({"X-Vault-Token": token} if token else {})}
        try:
            async with self._session.post(
                url, json=body, headers=headers, allow_redirects=False
            ) as response:
                status, content = response.status, await _content(response.content)
        except (ClientError, OSError, ValueError) as error:
            raise _unreachable(error) from None
        answer = _object(content)
        if status == 200:
            if answer is None:
                raise Unreachable("Vault's answer is not what it should be", _HTML_OR_WORSE)
            return answer
        raise Answered(status, said(_errors(answer), self._sent))


class Answered(Exception):
    """An answer that is a failure.

    Attributes:
        status: of HTTP.
        message: what Vault says, without secrets; may be empty.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def trouble(self, reason: str, hints: Mapping[int, str]) -> Trouble:
        """Return what the failure means.

        Args:
            reason: what was not done.
            hints: what to do, by status.
        """
        text = f"{reason}: {self.status} {self.message}".rstrip()
        if self.status in {429, 472, 473} or self.status >= 500:
            sealed = "sealed" in self.message.lower()
            hint = "unseal Vault" if sealed else "look at Vault's own log"
            return Unreachable(text, hint)
        if 300 <= self.status < 400:
            text = f"{reason}: Vault sends us to another address, which is not followed"
            return Refused(text, "name the address of the active node, with https:// if it has TLS")
        return Refused(text, hints.get(self.status, _HTML_OR_WORSE))


@asynccontextmanager
async def connected(
    base: str, *, namespace: str | None, ca_file: str | None
) -> AsyncIterator[VaultApi]:
    """Return requests to a server, with a connection that is closed at the end.

    Raises:
        Refused: the file of CAs cannot be used.
    """
    trust: ssl.SSLContext | bool = True
    if base.startswith("https:"):
        trust = await asyncio.to_thread(_trust, ca_file)
    async with ClientSession(connector=TCPConnector(ssl=trust, limit=1)) as session:
        yield VaultApi(session, base, namespace)


def _trust(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            why = error.strerror if isinstance(error, FileNotFoundError) else "no CA in PEM form"
            raise Refused(f"ca-file cannot be used: {why}", f"look at {ca_file}") from None
    return context


async def _content(stream: Any) -> bytes:
    """Return all of an answer.

    Raises:
        ValueError: it is too large.
    """
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise ValueError("the answer is too large")
    return bytes(content)


def _unreachable(error: Exception) -> Unreachable:
    """Return what a failed request means; the text of an error may hold anything, so none does."""
    if isinstance(error, ClientConnectorCertificateError):
        certificate = getattr(error.certificate_error, "verify_message", "")
        reason = f"Vault's certificate is not trusted: {certificate}".rstrip(": ")
        return Unreachable(reason, "set ca-file to the CA that signed it")
    if isinstance(error, ValueError):
        return Unreachable(f"Vault's answer is larger than {MAX_ANSWER} bytes", _HTML_OR_WORSE)
    number = getattr(error, "os_error", error)
    why = getattr(number, "strerror", None) or type(error).__name__
    return Unreachable(f"Vault cannot be reached: {why}", "check uri and the network")


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _errors(answer: Mapping[str, Any] | None) -> str:
    errors = (answer or {}).get("errors")
    if not isinstance(errors, list):
        return ""
    return "; ".join(one for one in errors[:3] if isinstance(one, str))
