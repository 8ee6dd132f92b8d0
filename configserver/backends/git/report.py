"""What there is to say about a repository's state, for health, metrics and logs."""

from dataclasses import dataclass

from configserver.backends.git.breaker import State
from configserver.backends.git.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A repository at one moment; it holds no secret.

    Attributes:
        uri: the masked URI that is used now; of several, the one that answered last.
        commit: what the default label stands for, None if unknown.
        age: seconds since the remote was last seen by this process, infinite if it never was, 0
            for what is read in place.
        stale: whether what is served may not be the newest.
        breaker: whether requests may wait for the remote.
        failures: how many attempts failed in a row.
        retry_in: seconds until the next try, None if no attempt failed.
        fault: what kind of failure the last one was.
        reason: why it failed.
        hint: what to do about it.
        seen_at: when the remote was last seen, by an earlier run too, in seconds since 1970.
        size: bytes on disk.
        memory: the most bytes that the last fetch held in memory, None before the first.
        absent: whether the remote said that there is no such repository.
    """

    uri: str
    commit: str | None
    age: float = 0.0
    stale: bool = False
    breaker: State = State.CLOSED
    failures: int = 0
    retry_in: float | None = None
    fault: Fault | None = None
    reason: str | None = None
    hint: str | None = None
    seen_at: float | None = None
    size: int = 0
    memory: int | None = None
    absent: bool = False
