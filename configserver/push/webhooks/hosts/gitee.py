"""Gitee."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.hosts import gitlab
from configserver.push.webhooks.payloads import (
    URIS,
    at,
    commit_paths,
    fields,
    refs,
    well_formed_paths,
)
from configserver.push.webhooks.signatures import gitee, shown

_URIS: Final = (*URIS, *gitlab.URIS)
_EVENTS: Final = ("x-git-oschina-event", "X-Gitee-Event")
"""The original knows the first of them only."""
_PUSHES: Final = frozenset({"Push Hook", "Tag Push Hook"})


def _sends(headers: Headers) -> bool:
    return any(event in headers for event in _EVENTS)


def _verifies(received: Received, secret: bytes) -> bool:
    """Take a password, or a signature of the time."""
    return shown(received.headers.get("X-Gitee-Token"), secret) or gitee(received, secret)


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    return commit_paths(payload) if headers.get(_EVENTS[0]) == "Push Hook" else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    if not any(headers.get(event) in _PUSHES for event in _EVENTS):
        return None
    return Claim(
        uris=fields(at(payload, "repository"), *_URIS) or fields(at(payload, "project"), *_URIS),
        refs=refs(at(payload, "ref")),
        paths=well_formed_paths(payload),
    )


GITEE: Final = Host(name="gitee", sends=_sends, verifies=_verifies, paths=_paths, claim=_claim)
