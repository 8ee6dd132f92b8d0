"""Outgoing webhooks: a signed `POST` to whoever wants to know of changes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time
from typing import Final

from configserver.backends.patterns import matches
from configserver.push import EVERYBODY, Change, Gone, Moved, Refresh, State
from configserver.push.claims.keys import Party
from configserver.push.doors.http import Poster, origin
from configserver.push.doors.signatures import webhook_headers
from configserver.secret import Secret

MAX_BODY: Final = 256 * 1024
"""Bytes of a body; what goes beyond is left out, and `truncated` says so."""

MAX_CHANGES: Final = 1000
"""Changes, names of applications or refs in a body; and keys of each change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A receiver.

    Attributes:
        name: what the operator calls it.
        url: where it listens.
        secret: what its messages are signed with, None if they are not.
        applications: patterns of those it wants to hear of; empty for all.
    """

    name: str
    url: str
    secret: Secret | None = None
    applications: tuple[str, ...] = ()


class Outgoing:
    """The door of one webhook.

    Args:
        webhook: the receiver.
        poster: sends; opened and closed by its owner.
        now: seconds since 1970.
    """

    def __init__(
        self, webhook: Webhook, poster: Poster, *, now: Callable[[], float] = time
    ) -> None:
        self._webhook = webhook
        self._poster = poster
        self._now = now
        self._message = ("", b"")

    @property
    def name(self) -> str:
        """See Door; the path of its URL may be a secret."""
        return f"webhook {self._webhook.name} ({origin(self._webhook.url)})"

    @property
    def party(self) -> Party:
        """See PartyDoor; it wants to hear of each change."""
        return Party(f"webhook {self._webhook.name} {self._webhook.url}", whole=False)

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        """Return what the receiver wants to hear, None if nothing concerns it."""
        return narrowed(refresh, self._webhook.applications)

    async def deliver(self, refresh: Refresh) -> None:
        """Send a refresh; each try of the same has the same id and the same body.

        Raises:
            Gone: the receiver answers 410.
            DeliveryFailed: it does not answer 2xx.
        """
        now = self._now()
        if self._message[0] != refresh.id:
            self._message = (refresh.id, body_of(refresh, now))
        message, body = self._message
        headers = {"Content-Type": "application/json"}
        if self._webhook.secret is not None:
            headers |= webhook_headers(
                self._webhook.secret, body, message=message, timestamp=int(now)
            )
        else:
            headers |= {"webhook-id": message, "webhook-timestamp": str(int(now))}
        if await self._poster.post(self._webhook.url, body=body, headers=headers) == 410:
            name = f"configserver.notify.webhooks.{self._webhook.name}"
            raise Gone("answers 410, it wants nothing any more", hint=f"remove {name}")


def narrowed(refresh: Refresh, patterns: tuple[str, ...]) -> Refresh | None:
    """Return as much of a refresh as concerns applications, None if nothing does."""

    def wanted(name: str) -> bool:
        return name == EVERYBODY or any(matches(pattern, name) for pattern in patterns)

    if not patterns:
        return refresh if refresh.changes or refresh.applications else None
    changes = tuple(
        change for change in refresh.changes if any(map(wanted, change.query.applications))
    )
    names = tuple(filter(wanted, refresh.applications))
    if not changes and not names:
        return None
    return replace(refresh, changes=changes, applications=names)


def body_of(refresh: Refresh, now: float) -> bytes:
    """Return what a receiver is sent, in JSON of at most MAX_BODY bytes.

    Args:
        refresh: what it is about.
        now: when it was first sent, in seconds since 1970.
    """
    most = MAX_CHANGES
    while len(body := _body(refresh, now, most)) > MAX_BODY and most:
        most //= 2
    return body


def _body(refresh: Refresh, now: float, most: int) -> bytes:
    lists = (refresh.changes, refresh.applications, refresh.moved)
    written = {
        "type": "refresh",
        "id": refresh.id,
        "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "origin": refresh.origin,
        "moved": [_moved(moved) for moved in refresh.moved[:most]],
        "changes": [_change(change, most) for change in refresh.changes[:most]],
        "applications": refresh.applications[:most],
        "truncated": any(len(one) > most for one in lists)
        or any(len(change.keys or ()) > most for change in refresh.changes),
    }
    return json.dumps(written, separators=(",", ":")).encode()


def _moved(moved: Moved) -> dict[str, str | None]:
    return {
        "repository": moved.repository,
        "ref": moved.ref or None,
        "before": moved.before,
        "after": moved.after,
    }


def _change(change: Change, most: int) -> dict[str, object]:
    """Return a change in JSON's types; keys are null where everything has to be read again."""
    keys = change.keys
    return {
        "application": change.query.name,
        "profiles": change.query.profile_names,
        "label": change.query.label,
        "before": _state(change.before),
        "after": _state(change.after),
        "keys": None if keys is None or len(keys) > most else keys,
    }


def _state(state: State | None) -> dict[str, str | None] | None:
    return None if state is None else {"commit": state.version, "etag": state.etag}
