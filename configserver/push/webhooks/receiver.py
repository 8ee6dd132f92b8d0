"""What becomes of a webhook: it is verified, read, answered with names, and passed on as a hint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from configserver.push import Hint, Hints
from configserver.push.webhooks import (
    Claim,
    Headers,
    Host,
    NotServed,
    Paths,
    Payload,
    Received,
    Replayed,
    Unverified,
)
from configserver.push.webhooks.hosts import CHAIN, SENDERS
from configserver.push.webhooks.hosts.azure import AZURE
from configserver.push.webhooks.hosts.generic import GENERIC
from configserver.push.webhooks.names import guess_names
from configserver.push.webhooks.replays import Replays, mark
from configserver.push.webhooks.uris import renamed

Secrets = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """Settings of webhooks.

    Attributes:
        disabled: names of hosts that are not understood.
        secrets: those of all hosts.
        own_secrets: those of single hosts by their names, instead of the general ones.
        replay_seconds: for how long a verified webhook is not taken a second time.
        aliases: what hosts are called here, by their names in payloads in lower case.
    """

    disabled: frozenset[str] = frozenset()
    secrets: Secrets = ()
    own_secrets: Mapping[str, Secrets] = field(default_factory=dict)
    replay_seconds: float = 300
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def guarded(self) -> bool:
        """Say whether webhooks have to show that they are genuine."""
        return bool(self.secrets) or any(self.own_secrets.values())

    def secrets_of(self, host: Host) -> Secrets:
        """Return the secrets that a host may use."""
        return self.own_secrets.get(host.name) or self.secrets


@dataclass(frozen=True, slots=True)
class Reading:
    """What a webhook says.

    Attributes:
        names: who may be concerned; the answer.
        claim: of a push, None if it is about something else.
    """

    names: tuple[str, ...]
    claim: Claim | None


class Receiver:
    """Takes webhooks.

    Args:
        options: settings.
        hints: what looks at repositories.
        clock: seconds on a clock that never goes back.
    """

    def __init__(self, options: WebhookOptions, hints: Hints, clock: Callable[[], float]) -> None:
        self._options = options
        self._hints = hints
        self._replays = Replays(options.replay_seconds, clock)
        self._senders = [host for host in SENDERS if host.name not in options.disabled]
        self._chain = [host for host in CHAIN if host.name not in options.disabled]

    def sender(self, received: Received) -> Host:
        """Return whose webhook this is, by its headers, and verified if there are secrets.

        Raises:
            Unverified: it shows no secret that its sender may use.
        """
        sender = next(host for host in self._senders if host.sends(received.headers))
        if not self._options.guarded:
            return sender
        secrets = self._options.secrets_of(sender)
        # Each secret is tried, so that time does not tell which of them fits.
        if any([sender.verifies(received, secret) for secret in secrets]):  # noqa: C419 - see above
            return sender
        raise Unverified(
            f"the webhook ({sender.name}) shows no valid signature or token",
            hint="give the webhook the secret that configserver.webhooks.secret is set to here",
        )

    def read(self, sender: Host, received: Received, payload: Payload) -> Reading:
        """Return what a payload says; does nothing else, and may be called in a thread.

        Raises:
            InvalidRequest: the payload is malformed.
        """
        names = guess_names(self._paths(received.headers, payload))
        return Reading(names, self._claim(sender, received.headers, payload))

    def take(self, sender: Host, received: Received, reading: Reading) -> None:
        """Give a hint if there was a push.

        Raises:
            Replayed: it was taken before.
            NotServed: no repository here is meant.
        """
        claim = reading.claim
        if claim is None:
            return
        marks = self._marks(sender, received, claim)
        self._refuse_replay(marks)
        self._hint(sender, claim)
        self._replays.take(marks)

    def _paths(self, headers: Headers, payload: Payload) -> Paths:
        found = (host.paths(headers, payload) for host in self._chain)
        return next((paths for paths in found if paths is not None), ())

    def _claim(self, sender: Host, headers: Headers, payload: Payload) -> Claim | None:
        """Return the sender's claim, else that of who needs no headers."""
        candidates = (sender, *(host for host in self._chain if host in (GENERIC, AZURE)))
        found = (host.claim(headers, payload) for host in candidates)
        return next((claim for claim in found if claim is not None), None)

    def _marks(self, sender: Host, received: Received, claim: Claim) -> list[bytes]:
        """Return the marks of a verified delivery: its id, and its body where that is signed.

        Who shows a token protects no body, and may say the same twice under another id: two
        webhooks of one push do, and a script that has no other words for the next push.
        """
        if not self._options.guarded:
            return []
        delivery = (claim.delivery or "").encode("utf-8", "surrogateescape")
        marks = [mark(sender.name, delivery)] if delivery else []
        is_signed = any(name in received.headers for name in sender.signatures)
        if is_signed or not (marks or sender is GENERIC):
            marks.append(mark("body", received.body))
        return marks

    def _refuse_replay(self, marks: list[bytes]) -> None:
        age = self._replays.age(marks)
        if age is not None:
            raise Replayed(
                f"this webhook was taken {age:.0f} seconds ago, and is not taken again",
                hint="nothing has to be done: the server has looked at the repository since",
            )

    def _hint(self, sender: Host, claim: Claim) -> None:
        aliases = (renamed(uri, self._options.aliases) for uri in claim.uris)
        hint = Hint(
            origin=sender.name,
            uris=(*claim.uris, *(uri for uri in aliases if uri)),
            refs=claim.refs,
            paths=claim.paths,
            delivery=claim.delivery,
        )
        if not self._hints.hint(hint) and claim.uris:
            raise NotServed(
                "the webhook is of a repository that is not served here",
                hint="compare its URI with those in this server's settings; if only the host is "
                "called otherwise, set configserver.webhooks.aliases",
            )
