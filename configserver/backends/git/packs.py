"""Keeping the number of packs in a mirror small: each fetch brings one."""

from collections import defaultdict
from contextlib import closing
from pathlib import Path

from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID, ShaFile
from dulwich.pack import Pack

MANY = 16
"""How many packs of about one size are merged."""

_LARGEST = 4 << 20


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


def _merge(store: DiskObjectStore, paths: list[Path]) -> None:
    objects: dict[ObjectID, ShaFile] = {}
    for path in paths:
        with closing(Pack(str(path.with_suffix("")), object_format=store.object_format)) as pack:
            objects |= {found.id: found for found in pack.iterobjects()}
    merged = store.add_objects([(found, None) for found in objects.values()])
    for path in paths:
        if merged is None or path.stem != Path(merged.data.path).stem:
            path.unlink()
            path.with_suffix(".idx").unlink()
