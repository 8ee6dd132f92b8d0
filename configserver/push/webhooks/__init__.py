"""Webhooks: what Git hosts post when something was pushed, and whether it is really from them.

A `Received` request is verified with the secrets of the host that its headers claim, and read for
two things: the paths that the original would take from it, which make its answer, and a `Claim`
of what moved, which makes a hint. Each host is a `Host` in `hosts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from configserver.errors import ConfigError

Headers: TypeAlias = Mapping[str, str]
"""Headers by their names in any case; the first of several with one name."""

Payload: TypeAlias = Mapping[str, Any]
"""A body: a JSON object."""

Paths: TypeAlias = tuple[str, ...]


class Unverified(ConfigError):
    """A webhook without a valid signature or token, while secrets are set."""

    status = 401


class Replayed(ConfigError):
    """A webhook that was taken before."""

    status = 409


class NotServed(ConfigError):
    """A webhook of repositories that this server does not serve."""

    status = 422


class TooManyWebhooks(ConfigError):
    """More webhooks than the server acts upon in a second."""

    status = 429
    retry_after = 1


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came.

    Attributes:
        headers: of the request.
        body: its bytes.
        now: when it came, seconds since 1970.
    """

    headers: Headers
    body: bytes
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a payload says of a push.

    Attributes:
        uris: the repository, in every form that the payload has; empty if it names none.
        refs: full names of what moved, empty if unknown.
        paths: files that changed, empty if unknown.
        delivery: the host's id of this delivery.
    """

    uris: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    paths: Paths = ()
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A Git host.

    Attributes:
        name: as in settings.
        sends: whether headers are those of its webhooks.
        verifies: whether a request shows that its sender knows a secret.
        paths: the paths that the original takes from a payload, None if it does not recognise it.
        claim: what a payload says of a push, None if it is about something else.
        signatures: headers with a signature of the body alone, which is good again and again.
    """

    name: str
    sends: Callable[[Headers], bool]
    verifies: Callable[[Received, bytes], bool]
    paths: Callable[[Headers, Payload], Paths | None]
    claim: Callable[[Headers, Payload], Claim | None]
    signatures: tuple[str, ...] = ()
