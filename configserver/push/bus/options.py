"""How this server takes part in a bus."""

from dataclasses import dataclass

from configserver.push.bus.events import EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class BusOptions:
    """How this server takes part.

    Attributes:
        id: its bus id.
        exact: see `destinations_of`.
        acks: whether events that are for this server are acknowledged.
        ack_destination: to whom.
        trace: whether each event is logged.
        head_start: seconds that other replicas get to find the same change before applications
            are told of it; they may ask any of them.
        patience: seconds for which a replica that was led by another one waits for what that one
            tells, before it tells it itself.
        settle: seconds that applications get to come back to a broker that was away, before they
            are told what they may have missed.
    """

    id: str
    exact: bool = False
    acks: bool = True
    ack_destination: str = EVERYBODY
    trace: bool = False
    head_start: float = 0.3
    patience: float = 3.0
    settle: float = 10.0
