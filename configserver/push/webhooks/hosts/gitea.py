"""Gitea, and Forgejo, which sends the same headers beside its own."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import ref_claim
from configserver.push.webhooks.signatures import bearer, signed


def _sends(headers: Headers) -> bool:
    return "X-Gitea-Event" in headers


def _verifies(received: Received, secret: bytes) -> bool:
    """Take the newer header, the older one, or the "Authorization Header" of Gitea's form."""
    return (
        signed(received, secret, "X-Hub-Signature-256")
        or signed(received, secret, "X-Gitea-Signature", prefix="")
        or bearer(received.headers, secret)
    )


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    """Return what concerns everybody, as the original does although there are paths."""
    known = _is_push(headers) and isinstance(payload.get("commits"), list)
    return ("application.yml",) if known else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    return ref_claim(headers.get("X-Gitea-Event"), payload, headers.get("X-Gitea-Delivery"))


def _is_push(headers: Headers) -> bool:
    return headers.get("X-Gitea-Event") == "push"


GITEA: Final = Host(
    name="gitea",
    sends=_sends,
    verifies=_verifies,
    signatures=("X-Hub-Signature-256", "X-Gitea-Signature"),
    paths=_paths,
    claim=_claim,
)
