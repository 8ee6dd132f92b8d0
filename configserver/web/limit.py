"""How many texts a server takes in a second."""

from collections.abc import Callable


class Bucket:
    """Tokens that come back at a steady rate; a second's worth of them at most.

    Args:
        rate: tokens per second.
        clock: seconds on a clock that never goes back.
    """

    def __init__(self, rate: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = float(rate)
        self._seen = clock()

    def take(self) -> bool:
        """Take a token if there is one."""
        now = self._clock()
        self._tokens = min(self._rate, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
