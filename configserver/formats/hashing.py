"""The order in which Java's `Properties` gives its keys, that of a `ConcurrentHashMap`."""

from collections.abc import Iterable

_Entry = tuple[int, str]


def hash_order(keys: Iterable[str]) -> list[str]:
    """Return different keys, given in the order of insertion, in the order of the hash table."""
    table: list[list[_Entry]] = [[] for _ in range(16)]
    for count, key in enumerate(keys, start=1):
        spread = _spread(key)
        table[spread & len(table) - 1].append((spread, key))
        if count * 4 >= len(table) * 3:
            table = _doubled(table)
    return [key for entries in table for _, key in entries]


def _spread(key: str) -> int:
    code = 0
    for unit in _units(key):
        code = (31 * code + unit) & 0xFFFFFFFF
    return (code ^ code >> 16) & 0x7FFFFFFF


def _units(key: str) -> Iterable[int]:
    """Return the UTF-16 code units."""
    if key.isascii() or max(key) <= "\uffff":
        return map(ord, key)
    units = key.encode("utf-16-be", "surrogatepass")
    return (high << 8 | low for high, low in zip(units[::2], units[1::2], strict=True))


def _doubled(table: list[list[_Entry]]) -> list[list[_Entry]]:
    """Split each bin in two; as in Java, what is not in a bin's last run changes its order."""
    size = len(table)
    halves: tuple[list[list[_Entry]], list[list[_Entry]]] = ([], [])
    for entries in table:
        run = len(entries)
        while run > 0 and (entries[run - 1][0] ^ entries[-1][0]) & size == 0:
            run -= 1
        ordered = [*reversed(entries[:run]), *entries[run:]]
        for bit, half in zip((0, size), halves, strict=True):
            half.append([entry for entry in ordered if entry[0] & size == bit])
    return halves[0] + halves[1]
