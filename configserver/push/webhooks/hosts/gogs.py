"""Gogs."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import commit_paths, ref_claim
from configserver.push.webhooks.signatures import signed


def _sends(headers: Headers) -> bool:
    return "X-Gogs-Event" in headers


def _verifies(received: Received, secret: bytes) -> bool:
    return signed(received, secret, "X-Gogs-Signature", prefix="")


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    return commit_paths(payload) if _is_push(headers) else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    return ref_claim(headers.get("X-Gogs-Event"), payload, headers.get("X-Gogs-Delivery"))


def _is_push(headers: Headers) -> bool:
    return headers.get("X-Gogs-Event") == "push"


GOGS: Final = Host(
    name="gogs",
    sends=_sends,
    verifies=_verifies,
    signatures=("X-Gogs-Signature",),
    paths=_paths,
    claim=_claim,
)
