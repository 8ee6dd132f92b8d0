"""What is in a pack that came: the ids, places and checksums of its objects; no file is touched."""

import zlib
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from dulwich.errors import ApplyDeltaError
from dulwich.object_format import ObjectFormat
from dulwich.objects import RawObjectID
from dulwich.pack import apply_delta

from configserver.backends.git.fetching.merging import Entry

Found = tuple[int, bytes]
"""An object's type, and its content."""

_HEADER: Final = 12
_OFS_DELTA, _REF_DELTA = 6, 7
_NAMES: Final = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_KEPT: Final = 24 << 20
_SLACK: Final = 64
_MORE: Final = 1 << 16


class BadPack(Exception):
    """A pack that is not as packs are."""


class Incoming:
    """The objects of one pack; each is inflated once, if not more than `_KEPT` bytes lie between.

    Args:
        contents: the pack.
        form: of its repository.
        outside: finds an object that is not in the pack, by its binary id; raises KeyError.
    """

    def __init__(
        self, contents: memoryview, form: ObjectFormat, outside: Callable[[RawObjectID], Found]
    ) -> None:
        self._contents = contents
        self._hash = form.hash_func
        self._id_bytes = form.oid_length
        self._outside = outside
        self._recent: dict[int, Found] = {}
        self._recent_bytes = 0
        self._offsets: dict[bytes, int] = {}
        self._kinds: dict[int, int] = {}
        self._waiting: defaultdict[int | bytes, list[int]] = defaultdict(list)
        self._late: dict[int, int] = {}
        self.bases: dict[RawObjectID, Found] = {}
        self.entries: list[Entry] = []

    def read(self) -> None:
        """Find `entries`, and `bases`: what they build on that is not in the pack.

        Raises:
            BadPack: the pack is damaged.
            KeyError: an object that it builds on is nowhere.
        """
        contents, end = self._contents, len(self._contents) - self._id_bytes
        if end < _HEADER or bytes(contents[:8]) != b"PACK\0\0\0\2":
            raise BadPack("it does not begin as packs do")
        digest = self._hash()
        digest.update(contents[:end])
        if digest.digest() != bytes(contents[end:]):
            raise BadPack("its checksum is wrong")
        offset = _HEADER
        for _ in range(int.from_bytes(contents[8:_HEADER], "big")):
            kind, base, raw, after = self._packed(offset)
            name = self._resolved(offset, kind, base, raw)
            check = zlib.crc32(contents[offset:after])
            if name is None:
                self._late[offset] = check
            else:
                self.entries.append((name, offset, check))
            offset = after
        if offset != end:
            raise BadPack("it holds more than it says")
        self._settle()

    def _settle(self) -> None:
        """Resolve what builds on objects that came later, or are not in the pack."""
        ready = [key for key in self._waiting if self._is_known(key)]
        while self._waiting:
            if not ready:
                base = next((key for key in self._waiting if isinstance(key, bytes)), None)
                if base is None:
                    raise BadPack("one of its deltas builds on nothing")
                self.bases[RawObjectID(base)] = self._outside(RawObjectID(base))
                ready.append(base)
            for offset in self._waiting.pop(ready.pop(), ()):
                kind, key, raw, _ = self._packed(offset)
                name = self._resolved(offset, kind, key, raw)
                if name is not None:
                    self.entries.append((name, offset, self._late.pop(offset)))
                    ready += [key for key in (offset, name) if key in self._waiting]

    def _is_known(self, key: int | bytes) -> bool:
        return key in (self._kinds if isinstance(key, int) else self._offsets)

    def _resolved(self, offset: int, kind: int, base: int | bytes, raw: bytes) -> bytes | None:
        """Return an object's id; None as long as what it builds on is not known."""
        if kind < _OFS_DELTA:
            found = kind, raw
        elif self._is_known(base):
            found = _patched(self._content(base), raw)
        elif base in self.bases:
            found = _patched(self.bases[RawObjectID(bytes(base))], raw)
        else:
            self._waiting[base].append(offset)
            return None
        kind, content = found
        digest = self._hash()
        digest.update(b"%s %d\0" % (_NAMES[kind], len(content)))
        digest.update(content)
        name: bytes = digest.digest()
        self._kinds[offset] = kind
        self._offsets.setdefault(name, offset)
        self._keep(offset, found)
        return name

    def _content(self, base: int | bytes) -> Found:
        """Return an object that is known, inflated anew if that was long ago."""
        deltas: list[bytes] = []
        first = offset = base if isinstance(base, int) else self._offsets[base]
        found = self._recent.get(offset)
        while found is None:
            kind, base, raw, _ = self._packed(offset)
            if kind < _OFS_DELTA:
                found = kind, raw
            else:
                deltas.append(raw)
                found = self.bases.get(RawObjectID(base)) if isinstance(base, bytes) else None
                if found is None:
                    offset = base if isinstance(base, int) else self._offsets[base]
                    found = self._recent.get(offset)
        if deltas:
            for raw in reversed(deltas):
                found = _patched(found, raw)
            self._keep(first, found)
        return found

    def _keep(self, offset: int, found: Found) -> None:
        """Remember an object for a while, as most deltas build on one that came just before."""
        if offset in self._recent:
            return
        self._recent[offset] = found
        self._recent_bytes += len(found[1])
        while self._recent_bytes > _KEPT:
            _, dropped = self._recent.pop(next(iter(self._recent)))
            self._recent_bytes -= len(dropped)

    def _packed(self, offset: int) -> tuple[int, int | bytes, bytes, int]:
        """Return an object as it is packed: type, base, content or delta, and where it ends."""
        contents = self._contents
        try:
            byte = contents[offset]
            at = offset + 1
            kind, size, shift = byte >> 4 & 7, byte & 15, 4
            while byte & 0x80:
                byte = contents[at]
                size |= (byte & 0x7F) << shift
                shift += 7
                at += 1
            base: int | bytes = 0
            if kind == _REF_DELTA:
                base = bytes(contents[at : at + self._id_bytes])
                at += self._id_bytes
            elif kind == _OFS_DELTA:
                byte = contents[at]
                back = byte & 0x7F
                at += 1
                while byte & 0x80:
                    byte = contents[at]
                    back = (back + 1) << 7 | byte & 0x7F
                    at += 1
                base = offset - back
            elif kind not in _NAMES:
                raise BadPack("it holds an object of no known type")
            raw, at = _inflated(contents, at, size)
        except (IndexError, OverflowError, zlib.error):
            raise BadPack("one of its objects is damaged") from None
        return kind, base, raw, at


def _inflated(contents: memoryview, at: int, size: int) -> tuple[bytes, int]:
    """Return what is compressed at a place, `size` bytes, and where that ends."""
    stream = zlib.decompressobj()
    # Seldom is anything compressed to more than that; what is given too much is copied.
    end = at + size + (size >> 10) + _SLACK
    raw = stream.decompress(contents[at:end], size + 1)
    while not stream.eof:
        if len(raw) > size or end >= len(contents):
            raise BadPack("one of its objects is cut off or too long")
        more = stream.unconsumed_tail + contents[end : end + _MORE]
        end += _MORE
        raw += stream.decompress(more, size + 1 - len(raw))
    if len(raw) != size:
        raise BadPack("one of its objects has another length than it says")
    return raw, min(end, len(contents)) - len(stream.unused_data)


def _patched(base: Found, delta: bytes) -> Found:
    """Return what a delta makes of an object."""
    kind, content = base
    try:
        return kind, b"".join(apply_delta(content, delta))
    except (ApplyDeltaError, ValueError):
        raise BadPack("one of its deltas is damaged") from None
