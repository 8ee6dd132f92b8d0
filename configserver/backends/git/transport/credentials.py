"""Where credentials for HTTP come from, and what to do when they are refused."""

import datetime as dt
import threading
import time
from typing import Final

from cachetools import LRUCache

from configserver.backends.git.access import Access
from configserver.backends.git.transport.codecommit import is_codecommit, signed_login
from configserver.backends.git.transport.helper import Lent, ask, erase
from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.secret_files import read_secret
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret

_TOKEN_USER: Final = "x-access-token"  # noqa: S105 - a name that hosts accept beside a token
_HELPERS: Final = 64
_EARLY: Final = 30.0

_lent: Final[LRUCache[tuple[str, Target], Lent]] = LRUCache(_HELPERS)
_lock: Final = threading.Lock()


def login_for(target: Target, access: Access, *, timeout: float) -> Login | None:
    """Return the credentials for a repository, None if there are none.

    The first that is there counts: bearer token, token, user and password, those of the URI, a
    GitHub App, a credential helper, a lone user in the URI.

    Args:
        target: the repository.
        access: what is configured for it.
        timeout: seconds for each wait for a helper or for GitHub.

    Raises:
        Unreachable: a file, a helper or GitHub does not give them.
    """
    username = access.username or target.username
    fixed = _configured(target, access, username) or _of_uri(target)
    if fixed is not None:
        return fixed
    if access.github_app is not None:
        from configserver.backends.git.transport.github_app import installation_token  # noqa: PLC0415

        token = installation_token(access.github_app, access, timeout=timeout)
        return Login(_TOKEN_USER, token)
    if access.credential_helper is not None:
        return _borrowed(access.credential_helper, target, username, timeout)
    return None if target.username is None else Login(target.username, Secret(""))


def renewed(target: Target, access: Access, refused: Login, *, timeout: float) -> Login | None:
    """Return other credentials than those that were refused, None if there are no others.

    Files are read anew, a helper is told and asked again, a new token is minted.

    Raises:
        Unreachable: see `login_for`.
    """
    if is_codecommit(target) and access.credential_helper is None:
        return None
    if access.github_app is not None:
        from configserver.backends.git.transport.github_app import forget  # noqa: PLC0415

        forget(access.github_app)
    if access.credential_helper is not None:
        key = (access.credential_helper, target)
        with _lock:
            known = _lent.pop(key, None)
        if known is not None and known.login == refused:
            erase(access.credential_helper, target, refused, timeout=timeout)
    found = login_for(target, access, timeout=timeout)
    return None if found == refused else found


def _configured(target: Target, access: Access, username: str | None) -> Login | None:
    bearer = _given(access.bearer, access.bearer_file)
    if bearer is not None:
        return Login(None, bearer)
    token = _given(access.token, access.token_file)
    if token is not None:
        return Login(username or _TOKEN_USER, token)
    password = _given(access.password, access.password_file)
    if username is not None and password is not None:
        return _of_password(target, username, password)
    return None


def _of_uri(target: Target) -> Login | None:
    if target.username is None or target.password is None:
        return None
    return _of_password(target, target.username, target.password)


def _given(secret: Secret | None, path: str | None) -> Secret | None:
    return secret if path is None else read_secret(path)


def _of_password(target: Target, username: str, password: Secret) -> Login:
    if is_codecommit(target):
        return signed_login(target, username, password, dt.datetime.now(dt.UTC))
    return Login(username, password)


def _borrowed(command: str, target: Target, username: str | None, timeout: float) -> Login | None:
    """Return what a helper gave, asking it again when that ends soon."""
    if is_codecommit(target):
        # Signatures end within minutes, and refused ones look like missing rights.
        found = ask(command, target, username, timeout=timeout)
        return None if found is None else found.login
    key = (command, target)
    with _lock:
        known = _lent.get(key)
    if known is None or (known.expires is not None and known.expires < time.time() + _EARLY):
        known = ask(command, target, username, timeout=timeout)
        with _lock:
            _lent.pop(key, None)
            if known is not None:
                _lent[key] = known
    return None if known is None else known.login
