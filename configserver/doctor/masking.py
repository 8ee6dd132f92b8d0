"""The last door before anything is printed: configured secrets in it are masked; pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from configserver.backends.git.access import Access, GitHubApp, Proxy
from configserver.doctor.targets import GitTarget, Target
from configserver.secret import MASK, Secret, mask_uris

_SCP: Final = re.compile(r"[^/:@]*:([^/]+)@[^/]*:")
"""`user:password@host:`, which is no URI."""

_TELLING: Final = 4
"""Characters that a secret has at least; a shorter one would be found in everything."""


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return what masks these texts, also as URIs quote them, and credentials in any URI."""
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""))}
    longest_first = sorted((form for form in forms if len(form) >= _TELLING), key=len, reverse=True)

    def mask(text: str) -> str:
        text = mask_uris(text)
        for form in longest_first:
            text = text.replace(form, MASK)
        return text

    return mask


def secrets_of(targets: Iterable[Target]) -> Iterator[str]:
    """Yield all secrets that the settings hold."""
    for target in targets:
        if isinstance(target, GitTarget):
            yield from _in_uri(target.uri)
            yield from _in_access(target.access)


def _in_uri(uri: str) -> Iterator[str]:
    if scp := _SCP.match(uri):
        yield scp[1]
    try:
        parts = urlsplit(uri)
    except ValueError:
        return
    if parts.password:
        yield unquote(parts.password)
    elif parts.username and parts.scheme in {"http", "https"}:
        yield unquote(parts.username)


def _in_access(values: Access | Proxy | GitHubApp) -> Iterator[str]:
    for one in fields(values):
        value = getattr(values, one.name)
        if isinstance(value, Secret):
            yield value.reveal()
            yield from value.reveal().splitlines()
        elif isinstance(value, Proxy | GitHubApp):
            yield from _in_access(value)
