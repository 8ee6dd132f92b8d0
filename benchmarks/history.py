"""A repository with a history: a first commit with all files, and others that change a few."""

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.repositories import git

_CHANGES = 10
"""Files that each commit after the first changes."""

_FOLDERS = 50
_KEYS = 30
_BEGAN = 1_700_000_000


def create(where: Path, files: int, commits: int) -> int:
    """Make such a bare repository, in one pack, and return how many objects it has."""
    where.mkdir(parents=True)
    git(where, "init", "-q", "--bare", "-b", "main")
    git(where, "fast-import", "--quiet", stdin=b"".join(_stream(files, commits)))
    git(where, "repack", "-q", "-a", "-d", "-f")
    return int(git(where, "rev-list", "--all", "--objects", "--count"))


def _stream(files: int, commits: int) -> Iterator[bytes]:
    for number in range(commits):
        yield b"commit refs/heads/main\n"
        yield b"committer A <a@example.org> %d +0000\n" % (_BEGAN + number)
        yield b"data 7\nchange\n\n"
        first = number * _CHANGES
        for changed in range(first, first + _CHANGES) if number else range(files):
            name = changed % files
            content = _content(name, number)
            yield b"M 644 inline team%d/app%d.yml\n" % (name % _FOLDERS, name)
            yield b"data %d\n%b\n" % (len(content), content)


def _content(name: int, version: int) -> bytes:
    """Return about a kilobyte of ordinary configuration."""
    lines = [f"title: app{name}", f"version: {version}"]
    lines += [f"key{key}: value {name * key} of app{name}" for key in range(_KEYS)]
    return "".join(f"{line}\n" for line in lines).encode()
