"""The files of a mirror, which is a bare repository, as its only writer treats them.

Each file is replaced as a whole, and is on the disk before it is. No lock files are used: they
would outlive a process that is killed.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from dulwich.objects import ObjectID
from dulwich.refs import Ref, read_packed_refs_with_peeled, write_packed_refs

from configserver.backends.git.fetching.packs import TEMPORARY, put, sync, temporary

Refs = Mapping[Ref, ObjectID]

_PACKED: Final = "packed-refs"
_MODE: Final = 0o644
_FOLDERS: Final = ("objects/pack", "objects/info", "refs/heads", "refs/tags", "info")
_LEFT_OVERS: Final = (
    *(f"{folder}{TEMPORARY}*" for folder in ("", "objects/", "objects/pack/")),
    *("*.lock", "objects/incoming-*", "objects/pack/*.lock"),
)


def make(path: Path, form: str = "sha1") -> None:
    """Make an empty mirror, or go on making one; it is one as soon as it has a HEAD."""
    for folder in _FOLDERS:
        (path / folder).mkdir(parents=True, exist_ok=True)
    version, extension = (
        (0, "") if form == "sha1" else (1, f"[extensions]\n\tobjectformat = {form}\n")
    )
    settings = f"[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n\tbare = true\n"
    _replace(path / "config", (settings + extension).encode())
    if not (path / "HEAD").exists():
        _replace(path / "HEAD", b"ref: refs/heads/main\n")


def is_begun(path: Path) -> bool:
    """Say whether there is nothing, or a mirror whose making was cut off before it had refs."""
    return not (path / _PACKED).exists() and not any(path.glob("objects/pack/*.pack"))


def clean(path: Path) -> None:
    """Remove what killed processes left behind."""
    for pattern in _LEFT_OVERS:
        for found in path.glob(pattern):
            found.unlink(missing_ok=True)
    packs = {found.stem: found for found in path.glob("objects/pack/*.pack")}
    indexes = {found.stem: found for found in path.glob("objects/pack/*.idx")}
    for name in packs.keys() ^ indexes.keys():
        (packs.get(name) or indexes[name]).unlink()


def refs_of(path: Path) -> dict[Ref, ObjectID]:
    """Return the refs of a mirror.

    Raises:
        dulwich.errors.PackedRefsException: the file is damaged.
    """
    with suppress(FileNotFoundError), (path / _PACKED).open("rb") as file:
        return {name: found for found, name, _ in read_packed_refs_with_peeled(file)}
    return {}


def write_refs(path: Path, refs: Refs) -> None:
    """Replace all refs at once."""
    with temporary(path) as file:
        write_packed_refs(file, refs, {})
        put(file, path / _PACKED, _MODE)
    sync(path)


def write_head(path: Path, name: str) -> None:
    """Let HEAD be a branch, unless it is."""
    line = f"ref: {name}\n".encode("utf-8", "surrogateescape")
    if (path / "HEAD").read_bytes() != line:
        _replace(path / "HEAD", line)


def size_of(path: Path) -> int:
    """Return how many bytes its files have."""
    return sum(
        found.stat().st_size
        for found in path.rglob("*")
        if not found.is_symlink() and found.is_file()
    )


def _replace(path: Path, content: bytes) -> None:
    with temporary(path.parent) as file:
        file.write(content)
        put(file, path, _MODE)
