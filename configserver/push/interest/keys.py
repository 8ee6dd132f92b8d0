"""The names of keys that many queries have in common, kept once."""

from collections.abc import Sequence


class KeyPool:
    """Lists of keys, each kept once as long as somebody has it, and so is each key in them.

    Attributes:
        size: about how many bytes all of it takes.
    """

    def __init__(self) -> None:
        self.size = 0
        self._lists: dict[tuple[str, ...], tuple[tuple[str, ...], int]] = {}
        self._keys: dict[str, tuple[str, int]] = {}

    def share(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return an equal list to be kept, until it is released."""
        given = tuple(keys)
        known, users = self._lists.pop(given, (None, 0))
        if known is None:
            known = tuple(map(self._share, given))
            self.size += 200 + 8 * len(known)
        self._lists[known] = known, users + 1
        return known

    def release(self, keys: tuple[str, ...]) -> None:
        """Give a shared list back."""
        known, users = self._lists.pop(keys)
        if users > 1:
            self._lists[known] = known, users - 1
            return
        self.size -= 200 + 8 * len(known)
        for key in known:
            self._release(key)

    def _share(self, key: str) -> str:
        known, users = self._keys.get(key, (key, 0))
        if not users:
            self.size += _bytes(key)
        self._keys[known] = known, users + 1
        return known

    def _release(self, key: str) -> None:
        known, users = self._keys[key]
        if users > 1:
            self._keys[key] = known, users - 1
            return
        del self._keys[key]
        self.size -= _bytes(key)


def _bytes(key: str) -> int:
    return 200 + len(key)
