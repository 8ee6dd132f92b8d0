"""GitHub, and GitHub Enterprise."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import commit_paths, push_claim
from configserver.push.webhooks.signatures import signed


def _sends(headers: Headers) -> bool:
    return "X-GitHub-Event" in headers


def _verifies(received: Received, secret: bytes) -> bool:
    return signed(received, secret, "X-Hub-Signature-256")


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    return commit_paths(payload) if _is_push(headers) else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    return push_claim(payload, headers.get("X-GitHub-Delivery")) if _is_push(headers) else None


def _is_push(headers: Headers) -> bool:
    return headers.get("X-GitHub-Event") == "push"


GITHUB: Final = Host(
    name="github",
    sends=_sends,
    verifies=_verifies,
    signatures=("X-Hub-Signature-256",),
    paths=_paths,
    claim=_claim,
)
