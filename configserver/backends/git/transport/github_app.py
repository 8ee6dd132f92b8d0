"""Installation tokens of a GitHub App."""

import datetime as dt
import json
import threading
import time
from dataclasses import dataclass
from typing import Final

import jwt
from cachetools import LRUCache
from urllib3.exceptions import HTTPError

from configserver.backends.git.access import Access, GitHubApp
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.exchange import Exchange
from configserver.backends.git.transport.secret_files import read_secret
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret

_SKEW: Final = 60
_LIFE: Final = 480
_LEFT: Final = 0.2
_ANSWER: Final = 1 << 20
_APPS: Final = 64


@dataclass(frozen=True, slots=True)
class _Token:
    """A token and its life, in seconds since 1970."""

    secret: Secret
    minted: float
    expires: float

    def is_fresh(self, now: float) -> bool:
        return self.expires - now > _LEFT * (self.expires - self.minted)


_tokens: Final[LRUCache[GitHubApp, _Token]] = LRUCache(_APPS)
_lock: Final = threading.Lock()


def installation_token(app: GitHubApp, access: Access, *, timeout: float) -> Secret:
    """Return a token of which a fifth of its life is left at least, minting one if need be.

    Args:
        app: whose token.
        access: how GitHub's API is reached: TLS and proxies.
        timeout: seconds for each wait.

    Raises:
        Unreachable: the key cannot be used, or GitHub refuses or does not answer.
    """
    with _lock:
        known = _tokens.get(app)
    if known is not None and known.is_fresh(time.time()):
        return known.secret
    minted = _mint(app, access, timeout)
    with _lock:
        _tokens[app] = minted
    return minted.secret


def forget(app: GitHubApp) -> None:
    """Let the next token be a new one."""
    with _lock:
        _tokens.pop(app, None)


def _mint(app: GitHubApp, access: Access, timeout: float) -> _Token:
    now = time.time()
    api = Target.parse(app.api)
    exchange = Exchange(api, access, timeout)
    url = f"{api.base}{api.path.rstrip('/')}/app/installations/{app.installation_id}/access_tokens"
    headers = {
        "Authorization": f"Bearer {_signed(app, int(now))}",
        "Accept": "application/vnd.github+json",
        "User-Agent": "configserver",
    }
    answer = exchange.send("POST", url, headers=headers, body=b"")
    try:
        text = answer.read(_ANSWER)
    except (HTTPError, OSError) as error:
        raise exchange.explain(error, reading=True) from None
    finally:
        answer.close()
    if answer.status != 201:
        raise _refused(api.authority, answer.status)
    try:
        found = json.loads(text)
        expires = dt.datetime.fromisoformat(found["expires_at"]).timestamp()
        return _Token(Secret(str(found["token"])), now, expires)
    except (ValueError, KeyError, TypeError):
        raise Unreachable(
            f"{api.authority} sent no installation token", fault=Fault.PROTOCOL
        ) from None


def _signed(app: GitHubApp, now: int) -> str:
    """Return the app's own token; it begins in the past, for clocks differ."""
    key = app.private_key
    if app.private_key_file is not None:
        key = read_secret(app.private_key_file)
    claims = {"iat": now - _SKEW, "exp": now + _LIFE, "iss": app.app_id}
    try:
        return jwt.encode(claims, key.reveal() if key else "", algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise Unreachable(
            "the GitHub App's private key is no RSA key in PEM", fault=Fault.CREDENTIALS
        ) from None


def _refused(host: str, status: int) -> Unreachable:
    match status:
        case 401:
            said = "does not accept the GitHub App's id and private key"
        case 404:
            said = "knows no such installation of the GitHub App"
        case _ if status >= 500 or status == 429:
            return Unreachable(f"{host} has trouble (status {status})", fault=Fault.SERVER)
        case _:
            said = f"grants the GitHub App no token (status {status})"
    return Unreachable(f"{host} {said}", fault=Fault.CREDENTIALS)
