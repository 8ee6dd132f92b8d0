"""A commit as a tree of files: links, submodules, `.git`, damage."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from configserver.backends.git.repository import Repository
from configserver.backends.git.snapshot import GitSnapshot
from configserver.errors import BackendFailure
from tests.backends.conftest import GitRepository

FILES: dict[str, str | bytes | Path] = {
    "foo.yml": "a: 1\n",
    "dir/sub/deep.txt": "deep",
    "dir/to-root": Path("../.."),
    "dir/up.yml": Path("../foo.yml"),
    "link.yml": Path("foo.yml"),
    "chain.yml": Path("dir/up.yml"),
    "folder": Path("dir/sub"),
    "through.txt": Path("folder/deep.txt"),
    "dots.txt": Path("./dir/./sub//deep.txt"),
    "loop-a": Path("loop-b"),
    "loop-b": Path("loop-a"),
    "self": Path("self/x"),
    "dangling": Path("nothing.yml"),
    "outside": Path("../outside.txt"),
    "around": Path("../config/foo.yml"),
    "absolute": Path("/etc/hostname"),
    "to-git": Path(".git/config"),
    "file-as-folder": Path("foo.yml/x"),
    "naïve-日.txt": "text",
    "[a].txt": "brackets",
}


@pytest.fixture
def snapshot(repository: GitRepository) -> Iterator[GitSnapshot]:
    commit = repository.commit(FILES)
    opened = Repository(str(repository.path))
    yield GitSnapshot(opened, commit)
    opened.close()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("foo.yml", b"a: 1\n"),
        ("dir/sub/deep.txt", b"deep"),
        ("dir/up.yml", b"a: 1\n"),
        ("link.yml", b"a: 1\n"),
        ("chain.yml", b"a: 1\n"),
        ("folder/deep.txt", b"deep"),
        ("through.txt", b"deep"),
        ("dots.txt", b"deep"),
        ("naïve-日.txt", b"text"),
        ("[a].txt", b"brackets"),
    ],
)
def test_files_and_links_inside_the_tree_are_read(
    snapshot: GitSnapshot, path: str, content: bytes
) -> None:
    assert snapshot.blob(path) is not None
    assert snapshot.read(path) == content
    assert snapshot.modified(path) == 1_700_000_000


@pytest.mark.parametrize(
    "path",
    [
        *("", "dir", "folder", "nothing", "foo.yml/x", "FOO.yml", "dir/to-root/foo.yml"),
        *("loop-a", "loop-b", "self", "dangling", "outside", "around", "absolute", "to-git"),
        *("file-as-folder", ".git", ".git/config", ".git/HEAD", "dir/.git/x", ".GIT/config"),
        *("/foo.yml", "foo.yml/", "dir//sub/deep.txt", "./foo.yml", "dir/../foo.yml", "..", "."),
        *("foo\0.yml", "\ud800.yml"),
    ],
)
def test_what_is_no_file_of_the_tree_does_not_exist(snapshot: GitSnapshot, path: str) -> None:
    assert snapshot.blob(path) is None
    assert snapshot.modified(path) is None
    with pytest.raises(KeyError):
        snapshot.read(path)


def test_folders_include_links_to_folders(snapshot: GitSnapshot) -> None:
    assert snapshot.folders("") == ("dir", "folder")
    assert snapshot.folders("dir") == ("sub",)
    assert snapshot.folders("folder") == ()
    assert snapshot.folders("foo.yml") == snapshot.folders("nothing") == ()
    assert [snapshot.is_folder(path) for path in ("", "dir", "folder", "foo.yml", ".git")] == [
        *(True, True, True, False, False)
    ]


def test_equal_contents_have_one_id(snapshot: GitSnapshot) -> None:
    assert snapshot.blob("foo.yml") == snapshot.blob("chain.yml") != snapshot.blob("[a].txt")


def test_submodules_do_not_exist(
    repository: GitRepository, make_repository: Callable[[str], GitRepository]
) -> None:
    other = make_repository("other")
    commit = other.commit({"x.yml": "x: 1"})
    repository.commit({"foo.yml": "a: 1"})
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    repository.git("commit", "-q", "-m", "module")
    opened = Repository(str(repository.path))
    found = GitSnapshot(opened, repository.git("rev-parse", "HEAD"))
    assert found.folders("") == ()
    assert not found.is_folder("module")
    assert found.blob("module") is None
    assert found.blob("module/x.yml") is None
    opened.close()


def test_many_threads_read_while_the_repository_is_repacked(repository: GitRepository) -> None:
    commits = [repository.commit({"n.txt": str(number), f"d/{number}": "x"}) for number in range(8)]
    opened = Repository(str(repository.path))

    def read(turn: int) -> bool:
        number = turn % len(commits)
        found = GitSnapshot(opened, commits[number])
        return found.read("n.txt") == str(number).encode() and found.is_folder("d")

    with ThreadPoolExecutor(8) as pool:
        before = pool.map(read, range(400))
        repository.git("repack", "-adq")
        answers = [*before, *pool.map(read, range(400))]
    opened.close()
    assert all(answers)


def test_a_missing_object_is_a_failure_that_names_it(repository: GitRepository) -> None:
    commit = repository.commit({"foo.yml": "a: 1"})
    blob = repository.git("rev-parse", "HEAD:foo.yml")
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    opened = Repository(str(repository.path))
    with pytest.raises(BackendFailure, match=blob):
        GitSnapshot(opened, commit).read("foo.yml")
    opened.close()


def test_a_damaged_object_is_a_failure(repository: GitRepository) -> None:
    commit = repository.commit({"foo.yml": "a: 1"})
    tree = repository.git("rev-parse", "HEAD^{tree}")
    path = repository.path / ".git/objects" / tree[:2] / tree[2:]
    path.unlink()
    path.write_bytes(b"nonsense")
    opened = Repository(str(repository.path))
    with pytest.raises(BackendFailure, match=tree):
        GitSnapshot(opened, commit).blob("foo.yml")
    opened.close()


@pytest.mark.parametrize(
    "kind", ["work tree", "bare", "linked worktree", "symbolic link", "sha256"]
)
def test_repositories_of_all_kinds_are_opened(
    repository: GitRepository, tmp_path: Path, kind: str
) -> None:
    if kind == "sha256":
        shutil.rmtree(repository.path / ".git")
        repository.git("init", "-q", "-b", "main", "--object-format=sha256")
    commit = repository.commit({"foo.yml": "a: 1"})
    place = tmp_path / "other"
    if kind == "bare":
        repository.git("clone", "-q", "--bare", ".", str(place))
    elif kind == "linked worktree":
        repository.git("worktree", "add", "-q", "--detach", str(place))
    elif kind == "symbolic link":
        place.symlink_to(repository.path)
    else:
        place = repository.path
    opened = Repository(str(place))
    assert GitSnapshot(opened, commit).read("foo.yml") == b"a: 1"
    assert opened.commit_of(commit) == commit
    opened.close()


@pytest.mark.parametrize("made", [False, True])
def test_no_repository_is_a_failure(tmp_path: Path, made: bool) -> None:
    if made:
        (tmp_path / "empty").mkdir()
    with pytest.raises(BackendFailure):
        Repository(str(tmp_path / "empty"))
