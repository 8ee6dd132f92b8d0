"""GitHub, and GitHub Enterprise."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import at, commit_paths, fields, refs, well_formed_paths
from configserver.push.webhooks.signatures import signed

URIS: Final = ("clone_url", "ssh_url", "git_url", "html_url")


def _sends(headers: Headers) -> bool:
    return "X-GitHub-Event" in headers


def _verifies(received: Received, secret: bytes) -> bool:
    return signed(received, secret, "X-Hub-Signature-256")


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    return commit_paths(payload) if _is_push(headers) else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    if not _is_push(headers):
        return None
    return Claim(
        uris=fields(at(payload, "repository"), *URIS),
        refs=refs(at(payload, "ref")),
        paths=well_formed_paths(payload),
        delivery=headers.get("X-GitHub-Delivery"),
    )


def _is_push(headers: Headers) -> bool:
    return headers.get("X-GitHub-Event") == "push"


GITHUB: Final = Host(name="github", sends=_sends, verifies=_verifies, paths=_paths, claim=_claim)
