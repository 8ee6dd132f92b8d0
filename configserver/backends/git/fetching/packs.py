"""The packs of a mirror: putting in the one that came, and keeping their number small.

All is written beside its place, and to the disk, before it is put there: first a pack, then its
index, and neither is looked at without the other. So this may be killed at any moment.
"""

import mmap
import os
import struct
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Final

from dulwich.object_format import ObjectFormat
from dulwich.object_store import DiskObjectStore
from dulwich.pack import extend_pack, load_pack_index

from configserver.backends.git.fetching.incoming import Incoming
from configserver.backends.git.fetching.merging import Entry, merged

MANY = 16
"""How many packs of about one size are merged."""

TEMPORARY: Final = "tmp_"
"""How the names of files begin that are not in their place yet."""

_LARGEST = 4 << 20
_CHUNK = 1 << 20
_MODE = 0o444
_BIT_31 = 1 << 31
_HEADER = struct.Struct(">4sLL")


@contextmanager
def temporary(folder: Path) -> Iterator[BinaryIO]:
    """Open a new file, to be moved to its place; it is removed otherwise."""
    with unplaced(folder) as file:
        try:
            yield file
        finally:
            with suppress(OSError):
                file.close()
            Path(file.name).unlink(missing_ok=True)


def unplaced(folder: Path) -> BinaryIO:
    """Open a new file, to be moved to its place or removed by the caller."""
    return tempfile.NamedTemporaryFile(  # type: ignore[return-value]
        dir=folder, prefix=TEMPORARY, delete=False, buffering=_CHUNK
    )


def add(store: DiskObjectStore, file: BinaryIO) -> None:
    """Put a pack that came into its place, completed by what it builds on.

    Raises:
        BadPack: it is damaged.
        KeyError: it builds on an object that the mirror does not have.
    """
    file.flush()
    form = store.object_format
    with (
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as contents,
    ):
        incoming = Incoming(contents, form, store.get_raw)
        incoming.read()
        checksum = bytes(contents[-form.oid_length :])
    entries = incoming.entries
    if incoming.bases:
        checksum, more = extend_pack(file, set(incoming.bases), store.get_raw, form)
        entries += more
    _place(store, file, entries, checksum)


def consolidate(store: DiskObjectStore) -> None:
    """Merge packs of about the same size into one as soon as there are many.

    So an object is written anew a few times in all, a reader has few files to open and to search,
    and no merge takes long. Those who have a merged pack open go on reading it.
    """
    levels: dict[int, list[Path]] = defaultdict(list)
    for path in sorted(Path(store.pack_dir).glob("pack-*.pack")):
        size = path.stat().st_size
        if size <= _LARGEST:
            levels[size.bit_length() // 2].append(path)
    for paths in levels.values():
        if len(paths) >= MANY:
            _merge(store, paths)


def _merge(store: DiskObjectStore, paths: Sequence[Path]) -> None:
    """Put the objects of several packs into one, as they are packed."""
    form = store.object_format
    objects = merged(
        ((path.read_bytes(), _entries(path, form)) for path in paths), id_bytes=form.oid_length
    )
    checksum = form.hash_func()
    entries: list[Entry] = []
    with temporary(Path(store.pack_dir)) as file:
        place = 0
        for name, raw in ((b"", _HEADER.pack(b"PACK", 2, len(objects))), *objects.items()):
            checksum.update(raw)
            file.write(raw)
            if name:
                entries.append((name, place, zlib.crc32(raw)))
            place += len(raw)
        file.write(checksum.digest())
        kept = _place(store, file, entries, checksum.digest())
    for path in paths:
        if path != kept:
            path.unlink()
            path.with_suffix(".idx").unlink()


def _entries(path: Path, form: ObjectFormat) -> list[Entry]:
    with closing(load_pack_index(str(path.with_suffix(".idx")), form)) as index:
        return [(bytes(name), offset, check or 0) for name, offset, check in index.iterentries()]


def _place(
    store: DiskObjectStore, file: BinaryIO, entries: Iterable[Entry], checksum: bytes
) -> Path:
    """Put a complete pack and its index into their places; return the pack's."""
    folder = Path(store.pack_dir)
    path = folder / f"pack-{checksum.hex()}.pack"
    with temporary(folder) as index:
        index.write(_index(sorted(entries), checksum, store.object_format))
        put(file, path, _MODE)
        put(index, path.with_suffix(".idx"), _MODE)
    sync(folder)
    return path


def _index(entries: Sequence[Entry], checksum: bytes, form: ObjectFormat) -> bytes:
    """Return an index of version 2."""
    counts = [0] * 256
    places: list[int] = []
    far: list[int] = []
    for name, offset, _ in entries:
        counts[name[0]] += 1
        if offset >= _BIT_31:
            places.append(_BIT_31 + len(far))
            far.append(offset)
        else:
            places.append(offset)
    many = len(entries)
    body = b"".join(
        (
            b"\377tOc\0\0\0\2",
            struct.pack(">256L", *accumulate(counts)),
            *(name for name, _, _ in entries),
            struct.pack(f">{many}L", *(check for _, _, check in entries)),
            struct.pack(f">{many}L", *places),
            struct.pack(f">{len(far)}Q", *far),
            checksum,
        )
    )
    digest = form.hash_func()
    digest.update(body)
    return body + digest.digest()


def put(file: BinaryIO, path: Path, mode: int) -> None:
    """Write a temporary file to the disk and move it to its place."""
    file.flush()
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())
    Path(file.name).rename(path)


def sync(folder: Path) -> None:
    """Write a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
