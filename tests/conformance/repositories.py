"""Git repositories and plain directories made of cases, reproducible to the commit id."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.conformance.cases import Case, Entry, Tag, Tree

Commits = tuple[str, ...]
"""Ids of a branch's commits, oldest first; of a plain directory, one empty id."""

_WHO = b"Conformance <conformance@example.com> 1704067200 +0000"
_README: Tree = {"README.md": Entry(b"conformance\n")}


def build(cases: Sequence[Case], repositories: Iterable[str], root: Path) -> Mapping[str, Commits]:
    """Write `root/NAME` for each repository, and for each plain directory that the cases name.

    Every case is an orphan branch of its repository. Returns the commits by case id.
    """
    commits: dict[str, Commits] = {}
    names = frozenset(repositories)
    for name in names:
        mine = [case for case in cases if case.repository == name]
        commits |= _build_repository(mine, root / name)
    for case in cases:
        if case.repository not in names:
            write_directory(case.trees[-1], root / case.repository)
            commits.setdefault(case.id, ("",))
    return commits


def create_repository(where: Path) -> None:
    """Make an empty repository with a work tree."""
    where.mkdir(parents=True)
    git(where, "init", "-q", "-b", "main")


def import_branches(where: Path, branches: Mapping[str, Sequence[Tree]]) -> Mapping[str, Commits]:
    """Add orphan branches, each a list of trees, oldest first; return their commits by name."""
    stream = b"".join(
        part for name, trees in branches.items() for part in _branch(name, name, trees)
    )
    git(where, "fast-import", "--quiet", "--force", stdin=stream)
    return {name: _log(where, f"refs/heads/{name}") for name in branches}


def write_directory(tree: Tree, where: Path) -> None:
    for path, entry in tree.items():
        target = where / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.link:
            target.symlink_to(entry.content.decode())
        else:
            target.write_bytes(entry.content)


def git(where: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git undisturbed by the user's configuration and return what it prints."""
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(where), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **nowhere},
    )
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


def _build_repository(cases: Sequence[Case], where: Path) -> Mapping[str, Commits]:
    create_repository(where)
    stream = [part for case in cases for part in _branch(case.branch, case.id, case.trees)]
    if not any(case.branch == "main" for case in cases):
        stream += [*_commit("main", b"main\n", _README)]
    git(where, "fast-import", "--quiet", stdin=b"".join(stream))
    commits = {case.id: _log(where, f"refs/heads/{case.branch}") for case in cases}
    tags = [part for case in cases for tag in case.tags for part in _tag(tag, commits[case.id])]
    git(where, "fast-import", "--quiet", stdin=b"".join(tags))
    git(where, "reset", "-q", "--hard", "main")
    return commits


def _log(where: Path, ref: str) -> Commits:
    return tuple(git(where, "rev-list", "--reverse", ref).decode().split())


def _branch(branch: str, title: str, trees: Sequence[Tree]) -> Iterator[bytes]:
    yield b"reset refs/heads/" + branch.encode() + b"\n"
    for number, tree in enumerate(trees):
        yield from _commit(branch, f"{title} {number}\n".encode(), tree)


def _commit(branch: str, message: bytes, tree: Tree) -> Iterator[bytes]:
    yield b"commit refs/heads/" + branch.encode() + b"\n"
    yield b"author " + _WHO + b"\ncommitter " + _WHO + b"\n"
    yield _data(message)
    yield b"deleteall\n"
    for path, entry in tree.items():
        mode = b"120000" if entry.link else b"100644"
        yield b"M " + mode + b" inline " + _quoted(path) + b"\n" + _data(entry.content)


def _tag(tag: Tag, commits: Commits) -> Iterator[bytes]:
    commit = commits[tag.commit].encode()
    if not tag.annotated:
        yield b"reset refs/tags/" + tag.name.encode() + b"\nfrom " + commit + b"\n\n"
        return
    yield b"tag " + tag.name.encode() + b"\nfrom " + commit + b"\ntagger " + _WHO + b"\n"
    yield _data(f"{tag.name}\n".encode())


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()
