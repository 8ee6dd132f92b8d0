"""Whether a mirror on disk is whole, by cheap checks that find the common kinds of damage."""

import re
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import Final

from dulwich import errors as dulwich_errors
from dulwich.objects import ObjectID
from dulwich.pack import PackData, PackIndex, load_pack_index

from configserver.backends.git.repository import Repository

_HEAD: Final = re.compile(rb"ref: refs/\S+\n?|[0-9a-f]{40,64}\n?")
_LINE: Final = re.compile(rb"#[^\n]*|\^?[0-9a-f]{40,64}|[0-9a-f]{40,64} refs/[^\n]+")
_INDEX_MAGIC: Final = b"\xfftOc\x00\x00\x00\x02"
_FANOUT: Final = 8 + 1024
_MISSING: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_BROKEN: Final = (
    *(ValueError, AssertionError, IndexError, struct.error, zlib.error),
    dulwich_errors.ApplyDeltaError,
    dulwich_errors.ChecksumMismatch,
    dulwich_errors.FileFormatException,
)


def damage_of(repository: Repository) -> str | None:
    """Say what is wrong with a mirror, None if nothing was found; blocks.

    A process that is killed leaves a pack without its index, or the index of a pack that was
    merged into another; both are put right here.

    Raises:
        OSError: it cannot be told, as too many files are open.
    """
    path = Path(repository.git.controldir())
    try:
        if not _HEAD.fullmatch((path / "HEAD").read_bytes()):
            return "HEAD cannot be read"
        return (
            _damaged_refs(path)
            or _damaged_packs(repository, path / "objects/pack")
            or _missing_objects(repository)
        )
    except _MISSING:
        return "files are missing"
    except _BROKEN:
        return "a pack cannot be read"


def _damaged_refs(path: Path) -> str | None:
    try:
        text = (path / "packed-refs").read_bytes()
    except FileNotFoundError:
        has_packs = any((path / "objects/pack").glob("*.pack"))
        return "the refs are missing" if has_packs else None
    whole = not text or text.endswith(b"\n")
    if not whole or not all(_LINE.fullmatch(line) for line in text.split(b"\n")[:-1]):
        return "the refs cannot be read"
    return None


def _damaged_packs(repository: Repository, folder: Path) -> str | None:
    digest = repository.id_digits // 2
    packs = {path.stem for path in folder.glob("*.pack")}
    indices = {path.stem for path in folder.glob("*.idx")}
    for name in sorted(packs - indices):
        _index(repository, folder / f"{name}.pack")
    for name in sorted(packs):
        if not _is_pair(folder / f"{name}.pack", folder / f"{name}.idx", digest):
            return "a pack is damaged"
    for name in sorted(indices - packs):
        if not _is_merged(repository, folder / f"{name}.idx"):
            return "a pack is missing"
        (folder / f"{name}.idx").unlink()
    return None


def _is_pair(pack: Path, index: Path, digest: int) -> bool:
    """Compare size, number of objects and checksum; the objects themselves are not read."""
    with pack.open("rb") as file:
        magic, _, count = struct.unpack(">4sLL", file.read(12))
        file.seek(-digest, 2)
        checksum = file.read()
    with index.open("rb") as file:
        head = file.read(_FANOUT)
        size = file.seek(0, 2)
        file.seek(-2 * digest, 2)
        expected = file.read(digest)
    if magic != b"PACK" or checksum != expected:
        return False
    if not head.startswith(_INDEX_MAGIC):
        return True
    indexed: int = struct.unpack(">L", head[-4:])[0]
    rest: int = size - _FANOUT - count * (digest + 8) - 2 * digest
    return bool(indexed == count and rest >= 0 and rest % 8 == 0)


def _index(repository: Repository, pack: Path) -> None:
    """Make the index of a pack that has none.

    Raises:
        ValueError: the pack is damaged.
    """
    aside = pack.with_suffix(".idx-new")
    store = repository.git.object_store
    with closing(PackData(str(pack), object_format=store.object_format)) as data:
        data.check()
        data.create_index_v2(str(aside))
    aside.replace(pack.with_suffix(".idx"))


def _is_merged(repository: Repository, index: Path) -> bool:
    """Say whether all objects of a pack that is gone are in others."""
    store = repository.git.object_store
    with closing(load_pack_index(str(index), store.object_format)) as names:
        return all(_is_there(repository, found) for found in _ids(names))


def _ids(index: PackIndex) -> list[ObjectID]:
    return [ObjectID(bytes(entry[0]).hex().encode()) for entry in index.iterentries()]


def _missing_objects(repository: Repository) -> str | None:
    wanted = set(repository.git.refs.get_packed_refs().values())
    if all(_is_there(repository, ObjectID(found)) for found in wanted):
        return None
    return "objects are missing"


def _is_there(repository: Repository, object_id: ObjectID) -> bool:
    found: bool = object_id in repository.git.object_store
    return found
