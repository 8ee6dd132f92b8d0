"""Anybody who posts paths: a script, a pipeline, a hook in a repository."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import file_names
from configserver.push.webhooks.signatures import bearer, shown, signed

TOKEN: Final = "X-Configserver-Token"  # noqa: S105 - the name of a header


def _verifies(received: Received, secret: bytes) -> bool:
    return (
        signed(received, secret, "X-Hub-Signature-256")
        or bearer(received.headers, secret)
        or shown(received.headers.get(TOKEN), secret)
    )


def _paths(_: Headers, payload: Payload) -> Paths | None:
    """Return what `path` names: a text, which is not split, or a list of texts."""
    path = payload.get("path")
    if isinstance(path, str):
        return (path,)
    return file_names(path) if isinstance(path, list) else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    paths = _paths(headers, payload)
    return Claim(paths=paths, delivery=headers.get("Idempotency-Key")) if paths else None


GENERIC: Final = Host(
    name="generic",
    sends=lambda _: True,
    verifies=_verifies,
    signatures=("X-Hub-Signature-256",),
    paths=_paths,
    claim=_claim,
)
