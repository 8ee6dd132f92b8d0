"""Random commits to a repository that is pushed to."""

import subprocess
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Final

from tests.backends.conftest import GIT
from tests.server.chaos.content import File, Tree, Values

WIDE: Final = 300
"""Keys of the application whose events are long: some 26 KB of names."""

_APPLICATIONS: Final = ("application", "shop", "cart", "wide")
_PROFILES: Final = ("", "-dev", "-prod")
_BRANCHES: Final = ("next", "hotfix")
_FIRST: Final = ("application.yml", "shop.yml", "shop-dev.yml", "cart.yml", "wide.yml")


class History:
    """A bare repository that is pushed to, and all that it ever held.

    Args:
        remote: folder of the repository, to be made.
        random: says what is done.

    Attributes:
        trees: content of each commit.
        refs: where branches and the tag are now, as labels.
        done: what was done, how often.
    """

    def __init__(self, remote: Path, random: Random) -> None:
        self._remote = remote
        self._author = remote.with_name("author.git")
        self._random = random
        self._number = 0
        self._parents: dict[str, str | None] = {}
        self.trees: dict[str, Tree] = {}
        self.refs: dict[str, str] = {}
        self.done: dict[str, int] = {}
        for folder in (self._remote, self._author):
            folder.mkdir(parents=True)
            _git(folder, "init", "-q", "--bare", "-b", "main")
        tree = {name: File(self._values("base", name)) for name in _FIRST}
        self._commit("main", None, tree)
        self.refs["stable"] = self.refs["main"]
        self.push()

    def tree(self, label: str | None) -> Tree | None:
        """Return the content of a label, None if there is no such label."""
        commit = self.refs.get(label or "main")
        return None if commit is None else self.trees[commit]

    def change(self) -> str:
        """Commit something at random; return what it was. It is not pushed yet."""
        kinds = (
            *(("value", 40), ("comment", 12), ("key", 10), ("file", 9), ("other", 7)),
            *(("branch", 7), ("force", 7), ("break", 5), ("tag", 3)),
        )
        names, weights = zip(*kinds, strict=True)
        kind: str = self._random.choices(names, weights)[0]
        self.done[kind] = self.done.get(kind, 0) + 1
        self._number += 1
        match kind:
            case "branch":
                self._branch()
            case "tag":
                self.refs["stable"] = self.refs["main"]
            case "force":
                self._force()
            case _:
                branch = self._random.choice(["main", "main", *self._branches()])
                parent = self.refs[branch]
                self._commit(branch, parent, self._edited(kind, self.trees[parent]))
        return kind

    def mend(self) -> None:
        """Commit to each branch what makes all its files parse; the tag goes to such a commit."""
        for branch in ("main", *self._branches()):
            parent = self.refs[branch]
            tree = self.trees[parent]
            if any(file.broken for file in tree.values()):
                self._number += 1
                self._commit(branch, parent, {name: _mended(file) for name, file in tree.items()})
        self.refs["stable"] = self.refs["main"]

    def push(self) -> None:
        """Push everything, by force; what is gone here goes there."""
        names = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self._write_refs()
        _git(self._author, "push", "-q", "--prune", str(self._remote), *names)

    def _branches(self) -> list[str]:
        return [name for name in _BRANCHES if name in self.refs]

    def _branch(self) -> None:
        name = self._random.choice(_BRANCHES)
        if name in self.refs:
            del self.refs[name]
        else:
            self.refs[name] = self.refs["main"]

    def _force(self) -> None:
        """Take back some commits of a branch, and commit another instead or nothing."""
        branch = self._random.choice(["main", *self._branches()])
        commit = self.refs[branch]
        for _ in range(self._random.randint(1, 4)):
            commit = self._parents[commit] or commit
        self.refs[branch] = commit
        if self._random.random() < 0.7:
            self._commit(branch, commit, self._edited("value", self.trees[commit]))

    def _edited(self, kind: str, tree: Tree) -> Tree:
        random, files = self._random, dict(tree)
        name = random.choice([name for name in files if name.endswith(".yml")])
        if kind == "value" and "wide.yml" in files and random.random() < 0.4:
            name = "wide.yml"
        file = files[name]
        match kind:
            case "value":
                changed = random.sample(
                    list(file.values), min(len(file.values), _some(random, name))
                )
                fresh = dict.fromkeys(changed, f"v{self._number}")
                files[name] = File({**file.values, **fresh}, file.comment)
            case "comment":
                files[name] = File(file.values, self._number, file.broken)
            case "key":
                left = dict(file.values)
                if len(left) > 2 and random.random() < 0.5:
                    del left[random.choice(list(left))]
                else:
                    left[f"new-{self._number}"] = "1"
                files[name] = File(left, file.comment)
            case "file":
                self._come_or_go(files)
            case "break":
                files[name] = File(file.values, file.comment, broken=True)
            case _:
                files["README.txt"] = File({"text": str(self._number)})
        return files

    def _come_or_go(self, files: dict[str, File]) -> None:
        name = self._random.choice(_APPLICATIONS) + self._random.choice(_PROFILES) + ".yml"
        if name in files and name != "application.yml":
            del files[name]
        else:
            files[name] = File(self._values(f"v{self._number}", name))

    def _values(self, value: str, name: str) -> Values:
        shared = {"color": value, "size": value, f"only-{name.removesuffix('.yml')}": value}
        if name == "wide.yml":
            long = "a-rather-long-name-of-a-key-" * 3
            shared |= {f"{long}{each}": value for each in range(WIDE)}
        return MappingProxyType(shared)

    def _commit(self, branch: str, parent: str | None, tree: Tree) -> None:
        lines = [f"commit refs/heads/{branch}", "mark :1"]
        lines += [f"committer A <a@example.org> {1_700_000_000 + self._number} +0000"]
        lines += ["data 6", "change", *([f"from {parent}"] if parent else []), "deleteall"]
        for name, file in tree.items():
            lines += [f"M 644 inline {name}", f"data {len(file.text)}", file.text]
        text = "\n".join([*lines, "get-mark :1", ""])
        commit = _git(self._author, "fast-import", "--quiet", "--force", text=text)
        self.trees[commit], self._parents[commit] = tree, parent
        self.refs[branch] = commit

    def _write_refs(self) -> None:
        lines = [f"update {_full(name)} {commit}" for name, commit in self.refs.items()]
        lines += [f"delete {_full(name)}" for name in _BRANCHES if name not in self.refs]
        _git(self._author, "update-ref", "--stdin", text="\n".join(lines) + "\n")


def _some(random: Random, name: str) -> int:
    return WIDE if name == "wide.yml" else random.randint(1, 2)


def _mended(file: File) -> File:
    return File(file.values, file.comment)


def _full(name: str) -> str:
    return f"refs/tags/{name}" if name == "stable" else f"refs/heads/{name}"


def _git(folder: Path, *arguments: str, text: str = "") -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **GIT},
        check=True,
        capture_output=True,
        text=True,
        input=text,
    )
    return done.stdout.strip()
