"""Push: what is said of a change, from a hint that there may be one to those who are told.

A `Hint` (a webhook, a peer, a timer) names repositories at most. The refresher looks at them itself
and finds out whose effective configuration is another one now: a `Change` for each query. All
changes of one look are a `Refresh`, which the hub hands to watchers and to every `Door`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from configserver.query import Query

EVERYBODY: Final = "*"
"""Stands among names of applications for all of them, as the original writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A claim that something has changed; it says where to look and is not believed further.

    Attributes:
        origin: who claims it, for logs: `github`, `peer`, `bus`, `timer`.
        uris: repositories, as the claimant writes them; empty for all of them.
        refs: full names of what moved, such as `refs/heads/main`; empty if unknown.
        paths: files that are said to have changed; empty if unknown.
        delivery: the claimant's id of this very claim, if it has one.
        relayed: whether another replica of this server passed it on, so that it goes no further.
    """

    origin: str
    uris: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    delivery: str | None = None
    relayed: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What a query is answered with at one moment.

    Attributes:
        version: commit ids as in the environment, None where there are none.
        etag: opaque text that is equal where the effective configuration is: all keys with the
            values that win, the overrides included, ciphers decrypted. Equal on each replica.
    """

    version: str | None
    etag: str


@dataclass(frozen=True, slots=True)
class Change:
    """A query whose effective configuration is another one now.

    Attributes:
        query: who is concerned, as asked.
        before: what was known of it, None if nothing was.
        after: what it is now.
        keys: names of the keys that were added, removed or got another value, in order; None where
            that is not known any more, and everything has to be read again.
    """

    query: Query
    before: State | None
    after: State
    keys: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A branch, a tag or a folder that a look at a repository found changed.

    Attributes:
        repository: masked URI, or the folder.
        ref: full name, empty for a folder.
        before: commit id, None for a new ref or where there is none.
        after: commit id, None for a ref that is gone or where there is none.
    """

    repository: str
    ref: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What one look at repositories found, and who is concerned.

    Attributes:
        id: of this refresh, a random UUID.
        changes: one for each query that was ever asked and is answered differently now.
        applications: names never asked for that the changed files are for, by their names; `*` if
            everybody may be concerned and nobody is known.
        moved: what moved.
        origin: of the hint that led here, `look` if nobody gave one.
    """

    id: str
    changes: tuple[Change, ...]
    applications: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    origin: str = "look"


class DeliveryFailed(Exception):
    """A door could not tell what it had to; says why and holds no secret.

    Attributes:
        again: whether another try may go well.
        after: seconds before which the other side wants no other try, None if it did not say.
        hint: what an operator can do about it, or an empty text.
    """

    def __init__(
        self, reason: str, *, again: bool = True, after: float | None = None, hint: str = ""
    ) -> None:
        super().__init__(reason)
        self.again = again
        self.after = after
        self.hint = hint


class Gone(DeliveryFailed):
    """The other side wants nothing any more: its door stays shut until the server restarts."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason, again=False, hint=hint)


class Door(Protocol):
    """A way out for refreshes, to those who do not hold a connection to this server.

    A door is called by its own delivery (queue, retries, pace), one refresh at a time, and keeps
    its own connection; it is opened and closed as an asynchronous context manager by `app`.
    """

    @property
    def name(self) -> str:
        """What logs and health call it: `rabbitmq`, `kafka`, `webhook https://…`."""

    async def deliver(self, refresh: Refresh) -> None:
        """Tell those concerned; returns when the other side has taken it.

        Raises:
            DeliveryFailed: it did not; the same refresh may be delivered again.
        """


class Relay(Protocol):
    """A way to the other replicas of this server, which look where it says.

    It is opened and closed as an asynchronous context manager by `app`. What comes in through it
    goes to `Hints` as a relayed hint, and so no further.
    """

    @property
    def name(self) -> str:
        """What logs and health call it: `redis`, `peer b:8888`."""

    def relay(self, hint: Hint) -> None:
        """Pass a hint on, soon; returns at once. A hint that was relayed already goes nowhere."""


class Hints(Protocol):
    """What takes hints."""

    def hint(self, hint: Hint) -> bool:
        """Look where a hint says, soon; returns at once. False if no repository here is meant."""


class Audience(Protocol):
    """Those who hold a connection to this server: the hub."""

    def queries(self) -> Iterable[Query]:
        """Say which queries somebody watches; they are compared before all others."""

    def publish(self, refresh: Refresh) -> None:
        """Take what a look found, or a part of it; returns at once."""


class Knowledge(Protocol):
    """What is known of queries, for the hub: the refresher."""

    async def state(self, query: Query) -> State:
        """Return what a query is answered with now; changes from it on will be told.

        Raises:
            ConfigError: it cannot be answered.
        """

    def learn(self, query: Query) -> None:
        """Note that changes of a query are to be told from now on; returns at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """How a door is doing, for health and logs.

    Attributes:
        name: of the door.
        up: whether the last delivery, or the connection, was fine.
        delivered: refreshes that went out.
        failed: refreshes that were given up.
        waiting: refreshes in line.
        reason: why the last try failed, None if it did not.
    """

    name: str
    up: bool
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    reason: str | None = field(default=None)
