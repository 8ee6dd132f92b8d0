"""When a delivery that failed is tried again; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how long something is tried.

    Attributes:
        tries: at most, the first one included; 0 for no limit.
        seconds: from the first try to the last, at most; 0 for no limit.
        first: seconds that the first pause takes at most; each later one may take twice as long.
        longest: seconds that any pause takes at most.
    """

    tries: int = 10
    seconds: float = 600.0
    first: float = 1.0
    longest: float = 60.0


USUAL = Retries()

FOR_EVER = Retries(tries=0, seconds=0.0, longest=30.0)
"""For connections, which are always to come back."""


def pause(
    retries: Retries, tries: int, *, elapsed: float, chance: float, after: float | None = None
) -> float | None:
    """Return the seconds until the next try, None if there is to be none.

    Pauses double and are drawn from zero to that length ("full jitter"), so that many who failed
    together do not come back together.

    Args:
        retries: the limits.
        tries: how many there were.
        elapsed: seconds since the first one began.
        chance: a number from 0 to below 1.
        after: seconds that the other side asks for; at most `longest` is waited for its sake.
    """
    if retries.tries and tries >= retries.tries:
        return None
    # Beyond 2**30 the longest pause is reached anyway, and floats end somewhere.
    drawn = chance * min(retries.longest, retries.first * 2 ** min(tries - 1, 30))
    wait = max(drawn, min(after or 0.0, retries.longest))
    return None if retries.seconds and elapsed + wait > retries.seconds else wait
