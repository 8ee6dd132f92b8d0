"""Packs as Git makes them, indexed as Git does; and damaged ones refused."""

import hashlib
import struct
import subprocess
import zlib
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from dulwich.object_format import SHA1
from dulwich.repo import Repo

from configserver.backends.git.fetching import bare, incoming, packs
from configserver.backends.git.fetching.incoming import BadPack, Incoming
from configserver.backends.git.fetching.packs import MANY
from tests.backends.conftest import GitRepository

KINDS = {
    "offsets": ("--delta-base-offset",),
    "names": (),
    "no deltas": ("--depth=0",),
    "long chains": ("--delta-base-offset", "--depth=200", "--window=200"),
}


@pytest.fixture
def history(repository: GitRepository) -> GitRepository:
    """Fill a repository with files that change a little and often, a tag and an empty file."""
    random = Random(7)
    lines = [f"key{number}: {random.random()}" for number in range(80)]
    for number in range(40):
        lines[random.randrange(len(lines))] = f"changed: {number}"
        files: dict[str, str | bytes | Path] = {"a/b.yml": "\n".join(lines), "empty": ""}
        repository.commit({**files, f"team{number % 5}/c.yml": "\n".join(lines[number:])})
    repository.commit({"large.bin": random.randbytes(1 << 18), "zeros.bin": bytes(1 << 18)})
    repository.git("tag", "-a", "-m", "x", "v1")
    return repository


def packed(repository: GitRepository, revisions: Iterable[str], *options: str) -> bytes:
    line = ["git", "pack-objects", "--revs", "--stdout", "-q", "--window=20", *options]
    told = "".join(f"{revision}\n" for revision in revisions).encode()
    return subprocess.run(
        line, cwd=repository.path, input=told, check=True, capture_output=True
    ).stdout


def added(mirror: Path, pack: bytes) -> Path:
    """Put a pack into a mirror; return its path."""
    if not mirror.exists():
        bare.make(mirror)
    with Repo(str(mirror)) as opened, packs.temporary(mirror / "objects" / "pack") as file:
        file.write(pack)
        packs.add(opened.object_store, file)
    return max((mirror / "objects" / "pack").glob("*.pack"), key=lambda path: path.stat().st_ctime)


def git(mirror: Path, *arguments: str) -> str:
    line = ["git", "-c", "safe.directory=*", "-C", str(mirror), *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("kept", [0, 1 << 14, 1 << 30])
@pytest.mark.parametrize("kind", KINDS)
def test_an_index_is_gits_to_the_byte(
    history: GitRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    kept: int,
) -> None:
    """However few objects are remembered while it is made."""
    monkeypatch.setattr(incoming, "_KEPT", kept)
    pack = packed(history, ["main", "v1"], *KINDS[kind])
    path = added(tmp_path / "mirror", pack)
    assert path.read_bytes() == pack
    (tmp_path / "theirs.pack").write_bytes(pack)
    git(tmp_path, "index-pack", str(tmp_path / "theirs.pack"))
    assert path.with_suffix(".idx").read_bytes() == (tmp_path / "theirs.idx").read_bytes()
    assert path.name == f"pack-{pack[-20:].hex()}.pack"
    git(tmp_path / "mirror", "fsck", "--full", "--strict")


def test_a_thin_pack_is_completed(history: GitRepository, tmp_path: Path) -> None:
    old, new = history.git("rev-parse", "main~3"), history.git("rev-parse", "main")
    mirror = tmp_path / "mirror"
    added(mirror, packed(history, [old]))
    thin = packed(history, [new, f"^{old}"], "--thin", "--delta-base-offset")
    whole = packed(history, [new, f"^{old}"], "--delta-base-offset")
    assert len(thin) < len(whole)
    path = added(mirror, thin)
    git(mirror, "update-ref", "refs/heads/main", new)
    git(mirror, "fsck", "--full", "--strict")
    git(mirror, "verify-pack", str(path))


def test_a_thin_pack_whose_bases_are_nowhere_is_told(
    history: GitRepository, tmp_path: Path
) -> None:
    thin = packed(history, ["main", "^main~3"], "--thin")
    with pytest.raises(KeyError):
        added(tmp_path / "mirror", thin)
    assert not list((tmp_path / "mirror").rglob("pack-*"))


def test_a_delta_may_come_before_what_it_builds_on(history: GitRepository, tmp_path: Path) -> None:
    pack = reversed_pack(packed(history, ["main", "v1"]))
    path = added(tmp_path / "mirror", pack)
    git(tmp_path / "mirror", "fsck", "--full", "--strict")
    git(tmp_path / "mirror", "verify-pack", str(path))


def reversed_pack(pack: bytes) -> bytes:
    """Return a pack whose deltas name their bases, with its objects in the other order."""
    found = Incoming(memoryview(pack), SHA1, dict[object, tuple[int, bytes]]().__getitem__)
    found.read()
    starts = sorted(offset for _, offset, _ in found.entries)
    ends = [*starts[1:], len(pack) - 20]
    pieces = [pack[start:end] for start, end in zip(starts, ends, strict=True)]
    body = pack[:12] + b"".join(reversed(pieces))
    return body + hashlib.sha1(body).digest()


def test_a_pack_without_objects_is_one(tmp_path: Path) -> None:
    body = struct.pack(">4sLL", b"PACK", 2, 0)
    added(tmp_path / "mirror", body + hashlib.sha1(body).digest())
    git(tmp_path / "mirror", "fsck", "--full")


def sealed(body: bytes) -> bytes:
    return body + hashlib.sha1(body).digest()


def one(header: bytes, content: bytes, count: int = 1, after: bytes = b"") -> bytes:
    start = struct.pack(">4sLL", b"PACK", 2, count)
    return sealed(start + header + zlib.compress(content) + after)


BAD = {
    "nothing": b"",
    "a web page": b"<!DOCTYPE html><title>Welcome</title>",
    "another version": sealed(struct.pack(">4sLL", b"PACK", 9, 0)),
    "a wrong checksum": one(b"\x33", b"abc")[:-1] + b"?",
    "fewer objects than said": one(b"\x33", b"abc", 2),
    "more objects than said": one(b"\x33", b"abc", 0),
    "bytes left over": one(b"\x33", b"abc", after=b"?"),
    "longer than said": one(b"\x32", b"abc"),
    "much longer than said": one(b"\x32", bytes(1 << 20)),
    "shorter than said": one(b"\x34", b"abc"),
    "no such type": one(b"\x03", b"abc"),
    "no such type, 5": one(b"\x53", b"abc"),
    "a header without end": sealed(struct.pack(">4sLL", b"PACK", 2, 1) + b"\xff" * 20),
    "a delta on itself": one(b"\x63\x00", b"abc"),
    "a delta on what comes later": one(b"\x63\x90\x00", b"abc"),
    "a delta of noise": one(b"\x33", b"abc", 2, b"\x64\x0c" + zlib.compress(b"\x03\x7f\xff\xff")),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_pack_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises((BadPack, ValueError)):
        added(tmp_path / "mirror", BAD[bad])
    assert not list((tmp_path / "mirror").rglob("pack-*"))


def test_no_flipped_bit_gets_through(history: GitRepository) -> None:
    """Not even with a checksum that fits: each flip is refused, or gives other ids."""
    body = packed(history, ["main~30"])[:-20]
    names = ids(sealed(body))
    random = Random(11)
    for _ in range(300):
        flipped = bytearray(body)
        flipped[random.randrange(12, len(body))] ^= 1 << random.randrange(8)
        with suppress(BadPack, KeyError):
            assert ids(sealed(bytes(flipped))) != names


def ids(pack: bytes) -> list[tuple[bytes, int, int]]:
    found = Incoming(memoryview(pack), SHA1, dict[object, tuple[int, bytes]]().__getitem__)
    found.read()
    return sorted(found.entries)


def test_many_small_packs_become_one_that_git_takes(history: GitRepository, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    commits = history.git("rev-list", "--reverse", "main~1").splitlines()
    added(mirror, packed(history, [commits[0]]))
    for old, new in pairwise(commits):
        added(mirror, packed(history, [new, f"^{old}"], "--thin"))
        with Repo(str(mirror)) as opened:
            packs.consolidate(opened.object_store)
        if new == commits[-1] or new == commits[MANY]:
            git(mirror, "update-ref", "refs/heads/main", new)
            git(mirror, "fsck", "--full", "--strict")
    found = list((mirror / "objects" / "pack").glob("*.pack"))
    assert 1 < len(found) < 2 * MANY < len(commits)
    for path in found:
        git(mirror, "verify-pack", str(path))
    assert not list(mirror.rglob("tmp_*"))
