"""What replicas send one another over HTTP, as it comes in: believed only with their secret."""

from collections.abc import Callable
from time import time
from typing import Final

from cachetools import TTLCache

from configserver.errors import ConfigError
from configserver.push import Hints
from configserver.push.claims.words import Word, ignore
from configserver.push.doors.messages import NotAMessage, decode
from configserver.push.doors.peers import Sender
from configserver.push.doors.signatures import is_signed
from configserver.push.doors.speech import take

MAX_SKEW: Final = 300
"""Seconds by which the clocks of two replicas may differ."""

MAX_KNOWN: Final = 10_000
"""Messages that are recognised when they come again."""


class NotAPeer(ConfigError):
    """A message without a valid signature, or one that is too old."""

    status = 401


class BadMessage(ConfigError):
    """A signed message that does not say what messages say."""

    status = 400


class Inbox:
    """Takes messages, each once.

    Args:
        identity: this replica, and the secret that all share.
        hints: what takes the hints.
        now: seconds since 1970.

    Attributes:
        heard: takes the words.
    """

    def __init__(self, identity: Sender, hints: Hints, *, now: Callable[[], float] = time) -> None:
        self._identity = identity
        self._hints = hints
        self.heard: Callable[[Word], None] = ignore
        self._now = now
        # A message is good for MAX_SKEW seconds before and after its time, no longer.
        self._known: TTLCache[str, bool] = TTLCache(MAX_KNOWN, 2 * MAX_SKEW, timer=now)

    def take(self, body: bytes, *, timestamp: str, signature: str) -> None:
        """Act on a message, unless it is this replica's own or was here already.

        Args:
            body: as received.
            timestamp: when it was signed, in seconds since 1970, as written.
            signature: as written.

        Raises:
            NotAPeer: it is not signed, or too old.
            BadMessage: it is no message.
        """
        signed = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
        if not signed or not is_signed(
            self._identity.secret, body, timestamp=int(timestamp), signature=signature
        ):
            raise NotAPeer(
                "the message has no valid signature",
                hint="set the same configserver.replicas.secret on all replicas",
            )
        if abs(self._now() - int(timestamp)) > MAX_SKEW:
            raise NotAPeer(
                f"the message was signed more than {MAX_SKEW} seconds ago, or ahead",
                hint="set the clocks of all replicas by NTP",
            )
        try:
            message = decode(body)
        except NotAMessage as error:
            raise BadMessage(f"the message {error}") from None
        if message.replica == self._identity.replica or message.id in self._known:
            return
        self._known[message.id] = True
        take(message, self._hints, self.heard)
