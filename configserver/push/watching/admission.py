"""How many may watch at the same time."""

from collections import Counter

from configserver.errors import ConfigError


class TooManyWatchers(ConfigError):
    """A watcher more than the server takes."""

    status = 503
    retry_after = 10


class TooManyFromAddress(ConfigError):
    """A watcher more than the server takes from one address."""

    status = 429
    retry_after = 10


class Admission:
    """Counts watchers, in all and by address.

    Args:
        most: watchers in all.
        per_address: watchers from one address, None for as many as there may be in all.
    """

    def __init__(self, most: int, per_address: int | None = None) -> None:
        self._most = most
        self._per_address = per_address
        self._there = 0
        self._by_address: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Count a watcher, until `leave`.

        Raises:
            TooManyWatchers: there are too many already.
            TooManyFromAddress: there are too many from this address.
        """
        if self._there >= self._most:
            raise TooManyWatchers(
                f"there are {self._most} watchers already, which is the most",
                hint="try later or at another replica, or raise configserver.watch.limit",
            )
        if self._per_address is not None and self._by_address[address] >= self._per_address:
            raise TooManyFromAddress(
                f"there are {self._per_address} watchers from this address already",
                hint="try later, or raise configserver.watch.limit-per-address",
            )
        self._there += 1
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """Count a watcher no more that has entered."""
        self._there -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
