"""Real repositories made with git, and a `git daemon` in front of them."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from tests.peers.authority import Authority

GIT = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


class GitRepository:
    """A repository with a work tree, driven by the git command."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**os.environ, **GIT},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes | Path], branch: str | None = None) -> str:
        """Commit files (a Path is a symbolic link) and return the commit's id."""
        if branch is not None:
            known = self.git("branch", "--list", branch)
            self.git("checkout", "-q", *([branch] if known else ["-b", branch]))
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if isinstance(content, Path):
                path.symlink_to(content)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")


class Daemon:
    """A `git daemon` on loopback that can be paused and killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def uri(self, name: str) -> str:
        return f"git://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1"),
                *(f"--port={self.port}", f"--base-path={self._folder}", str(self._folder)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def stop(self) -> None:
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "work" / "config")


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[[str], GitRepository]:
    return lambda name: GitRepository(tmp_path / "work" / name)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "work").mkdir(exist_ok=True)
    served = Daemon(tmp_path / "work")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def no_blocking() -> Iterator[BlockBuster]:
    """Fail on every blocking call that our code makes on the event loop."""
    with blockbuster_ctx("configserver") as guard:
        yield guard


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority that no system trusts."""
    return Authority(tmp_path / "ca")


@pytest.fixture
def commit(repository: GitRepository) -> str:
    """Return the id of a first commit."""
    return repository.commit({"application.yml": "a: 1"})
