"""Objects of several packs as they are packed, each once; pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

Entry = tuple[bytes, int, int]
"""An object's binary id, its offset in its pack, and the CRC-32 of its bytes there."""

_OFS_DELTA: Final = 6
_REF_DELTA: Final = 7


def merged(
    packs: Iterable[tuple[bytes, Sequence[Entry]]], *, id_bytes: int
) -> dict[bytes, bytes | memoryview]:
    """Return the bytes of each object for a pack that holds all of them.

    Deltas name what they build on, as their places are others then. A whole object is preferred
    to a delta, and a delta is taken from the first pack that has the object, so that no two can
    build on one another.

    Args:
        packs: each whole in itself, with what is in it.
        id_bytes: length of an object's id.
    """
    found: dict[bytes, bytes | memoryview] = {}
    whole: set[bytes] = set()
    for pack, entries in packs:
        for name, is_whole, raw in _objects(memoryview(pack), entries, id_bytes):
            if name not in found or (is_whole and name not in whole):
                found[name] = raw
                if is_whole:
                    whole.add(name)
    return found


def _objects(
    pack: memoryview, entries: Sequence[Entry], id_bytes: int
) -> Iterator[tuple[bytes, bool, bytes | memoryview]]:
    """Yield each object's id, whether it is no delta, and its bytes."""
    names = {offset: name for name, offset, _ in entries}
    starts = sorted(names)
    for start, end in zip(starts, [*starts[1:], len(pack) - id_bytes], strict=True):
        kind = pack[start] >> 4 & 7
        if kind != _OFS_DELTA:
            yield names[start], kind != _REF_DELTA, pack[start:end]
            continue
        at = start + 1
        while pack[at - 1] & 0x80:
            at += 1
        header = bytes([pack[start] | _REF_DELTA << 4, *pack[start + 1 : at]])
        back = pack[at] & 0x7F
        while pack[at] & 0x80:
            at += 1
            back = (back + 1) << 7 | pack[at] & 0x7F
        yield names[start], False, b"".join((header, names[start - back], pack[at + 1 : end]))
