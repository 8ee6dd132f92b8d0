"""GitLab: hooks of projects and groups, and system hooks."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import (
    at,
    commit_paths,
    fields,
    items,
    refs,
    text,
    well_formed_paths,
)
from configserver.push.webhooks.signatures import SIGNING_TOKEN, shown, standard

URIS: Final = ("git_http_url", "git_ssh_url", "http_url", "ssh_url", "url", "web_url")
_EVENT: Final = "X-Gitlab-Event"
_PUSHES: Final = frozenset({"Push Hook", "Tag Push Hook"})
_SYSTEM_PUSHES: Final = frozenset({"push", "tag_push", "repository_update"})


def _sends(headers: Headers) -> bool:
    return _EVENT in headers


def _verifies(received: Received, secret: bytes) -> bool:
    """Take a signature made with a signing token, or any other secret shown as it is."""
    if secret.startswith(SIGNING_TOKEN):
        return standard(received, secret)
    return shown(received.headers.get("X-Gitlab-Token"), secret)


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    return commit_paths(payload) if headers.get(_EVENT) == "Push Hook" else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    if not _is_push(headers, payload):
        return None
    changed = (at(change, "ref") for change in items(payload, "changes"))
    return Claim(
        uris=fields(at(payload, "project"), *URIS) or fields(at(payload, "repository"), *URIS),
        refs=refs(at(payload, "ref"), *changed),
        paths=well_formed_paths(payload),
        delivery=headers.get("webhook-id") or headers.get("Idempotency-Key"),
    )


def _is_push(headers: Headers, payload: Payload) -> bool:
    event = headers.get(_EVENT)
    if event == "System Hook":
        return text(at(payload, "event_name")) in _SYSTEM_PUSHES
    return event in _PUSHES


GITLAB: Final = Host(name="gitlab", sends=_sends, verifies=_verifies, paths=_paths, claim=_claim)
