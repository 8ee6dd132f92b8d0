"""Azure DevOps: service hooks, which have no headers of their own."""

from typing import Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import at, fields, items, refs, text
from configserver.push.webhooks.signatures import basic, sends_basic

_PUSHES: Final = frozenset({"git.push", "git.pullrequest.merged"})


def _verifies(received: Received, secret: bytes) -> bool:
    return basic(received.headers, secret)


def _paths(_: Headers, payload: Payload) -> Paths | None:
    """Return what concerns everybody: there are no paths in these payloads."""
    return ("application.yml",) if _is_push(payload) else None


def _claim(_: Headers, payload: Payload) -> Claim | None:
    if not _is_push(payload):
        return None
    repository = at(payload, "resource", "repository")
    updated = (at(update, "name") for update in items(payload, "resource", "refUpdates"))
    return Claim(
        uris=fields(repository, "remoteUrl", "sshUrl", "webUrl"),
        refs=refs(*updated, at(payload, "resource", "targetRefName")),
        delivery=text(payload.get("id")),
    )


def _is_push(payload: Payload) -> bool:
    return text(payload.get("eventType")) in _PUSHES and payload.get("publisherId") == "tfs"


AZURE: Final = Host(name="azure", sends=sends_basic, verifies=_verifies, paths=_paths, claim=_claim)
