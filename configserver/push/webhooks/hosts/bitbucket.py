"""Bitbucket Cloud, and Bitbucket Server, which is Data Center now."""

from collections.abc import Iterator
from typing import Any, Final

from configserver.push.webhooks import Claim, Headers, Host, Paths, Payload, Received
from configserver.push.webhooks.payloads import at, items, refs, text, texts
from configserver.push.webhooks.signatures import basic, signed

_EVENT: Final = "X-Event-Key"
_CLOUD: Final = frozenset({"repo:push", "pullrequest:fulfilled"})
_SERVER: Final = frozenset({"repo:refs_changed", "pr:merged", "mirror:repo_synchronized"})
_EVERYBODY: Final = ("application.yml",)
_FOLDERS: Final = {"branch": "heads", "named_branch": "heads", "tag": "tags"}


def _sends(headers: Headers) -> bool:
    return _EVENT in headers


def _verifies(received: Received, secret: bytes) -> bool:
    """Take a signature, or the credentials that Bitbucket Server can be given for a webhook."""
    signature = signed(received, secret, "X-Hub-Signature")
    return signature or basic(received.headers, secret)


def _paths(headers: Headers, payload: Payload) -> Paths | None:
    """Return what concerns everybody: there are no paths in these payloads."""
    event = headers.get(_EVENT)
    if event in _CLOUD and "X-Hook-UUID" in headers:
        known = isinstance(at(payload, "push", "changes"), list)
    elif event == "repo:refs_changed" and "X-Request-Id" in headers:
        known = isinstance(at(payload, "changes"), list)
    else:
        known = event == "pr:merged" and "X-Request-Id" in headers
    return _EVERYBODY if known else None


def _claim(headers: Headers, payload: Payload) -> Claim | None:
    event = headers.get(_EVENT)
    if event in _CLOUD:
        return Claim(
            uris=texts(at(payload, "repository", "links", "html", "href")),
            refs=refs(*_cloud_refs(payload)),
            delivery=headers.get("X-Request-UUID"),
        )
    if event in _SERVER:
        target = at(payload, "pullRequest", "toRef")
        repository = at(payload, "repository") or at(target, "repository")
        changed = (at(change, "ref", "id") for change in items(payload, "changes"))
        return Claim(
            uris=texts(*_server_links(repository)),
            refs=refs(*changed, at(target, "id")),
            delivery=headers.get("X-Request-Id"),
        )
    return None


def _cloud_refs(payload: Payload) -> Iterator[str]:
    for change in items(payload, "push", "changes"):
        for state in (at(change, "new"), at(change, "old")):
            kind, name = text(at(state, "type")), text(at(state, "name"))
            if name and kind in _FOLDERS:
                yield f"refs/{_FOLDERS[kind]}/{name}"


def _server_links(repository: object) -> Iterator[Any]:
    for kind in ("clone", "self"):
        for link in items(repository, "links", kind):
            yield at(link, "href")


BITBUCKET: Final = Host(
    name="bitbucket",
    sends=_sends,
    verifies=_verifies,
    signatures=("X-Hub-Signature",),
    paths=_paths,
    claim=_claim,
)
