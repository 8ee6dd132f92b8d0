"""Positions of many keys in little memory."""

from collections.abc import Iterator, Mapping

from configserver.model import Position

LINE = 32
"""Bits by which the line of a packed position is shifted; the column is in the lower bits."""
_COLUMN = (1 << LINE) - 1


class Places(Mapping[str, Position]):
    """Positions by key, unpacked on demand.

    A tuple for each key of a large file would take a third of the time to parse it, most of its
    memory, and the attention of the garbage collector for as long as the file is cached.

    Args:
        packed: by key, `line << LINE | column`.
    """

    __slots__ = ("_packed",)

    def __init__(self, packed: dict[str, int]) -> None:
        self._packed = packed

    def __getitem__(self, key: str) -> Position:
        packed = self._packed[key]
        return Position(packed >> LINE, packed & _COLUMN)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, key: object) -> bool:
        return key in self._packed
