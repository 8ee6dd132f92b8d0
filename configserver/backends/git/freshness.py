"""How old an answer may be, and how long a request waits for a newer one."""

from dataclasses import dataclass

_TOLERATED = 1.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """`refresh-rate` and `timeout`, spelled out.

    Attributes:
        refresh_rate: None: answers are at most about a second behind; 0: each request sees what
            was pushed before it; positive: a look each so many seconds; negative: no look.
        timeout: seconds for one look, and the longest that a request waits.
        patience: seconds that a request waits if it need not see the newest commit.
        followed: seconds between looks that nobody asks for, while somebody is to be told of news.
        max_stale: seconds after which what was not confirmed by the remote is not served any more;
            None: it is served for as long as the remote is away.
    """

    refresh_rate: int | None = None
    timeout: float = 5.0
    patience: float = 0.25
    followed: float = 30.0
    max_stale: float | None = None

    @property
    def strict(self) -> bool:
        """Whether each request waits for a look of its own."""
        return self.refresh_rate == 0

    @property
    def never(self) -> bool:
        """Whether only being told of a push leads to a look."""
        return self.refresh_rate is not None and self.refresh_rate < 0

    @property
    def interval(self) -> float | None:
        """Seconds between looks that no request asks for."""
        return self.refresh_rate if self.refresh_rate and self.refresh_rate > 0 else None

    @property
    def unasked(self) -> float | None:
        """Seconds between looks for those who are to be told; None if there are none for them."""
        return None if self.refresh_rate else self.followed

    def wants(self, age: float) -> bool:
        """Say whether a look should begin, be an answer that old allowed or not."""
        return self.refresh_rate is None and age >= _TOLERATED

    def wanted_in(self, age: float) -> float | None:
        """Return the seconds until a look should begin, None if none is wanted unasked."""
        return max(0.0, _TOLERATED - age) if self.refresh_rate is None else None

    def allows(self, age: float) -> bool:
        """Say whether an answer that old, in seconds, may be given without a look.

        That is a little longer than until a look is wanted: where there are many requests, one of
        them begins it and none has to wait.
        """
        if self.refresh_rate is None:
            return age < _TOLERATED + self.patience
        return self.refresh_rate != 0

    def forbids(self, age: float) -> bool:
        """Say whether an answer that old, in seconds, may not be given at all."""
        return self.max_stale is not None and age > self.max_stale
