"""Configuration repositories of a given size, plain or behind a git daemon."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.cases import Entry
from tests.conformance.player import HOST, free_port
from tests.conformance.repositories import create_repository, git, import_branches

SECTIONS = 20
KEYS = 4


def create(where: Path, files: int) -> Path:
    """Make a repository with `files` files: the shared one, and two for each application."""
    create_repository(where)
    import_branches(where, {"main": [_tree(files)]})
    git(where, "reset", "-q", "--hard", "main")
    return where


def change(where: Path, number: int) -> None:
    """Commit a new version of one file, `app0.yml`."""
    (where / "app0.yml").write_text(_content(f"app0 change {number}"), "utf-8")
    who = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
    git(where, *who, "commit", "-q", "-a", "-m", f"change {number}")


@dataclass(frozen=True, slots=True)
class Host:
    """A Git host: the base of its URLs, and its process, which leads a group."""

    url: str
    pid: int

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop its processes for a while: connections are taken, but nothing comes."""
        os.killpg(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.pid, signal.SIGCONT)


@contextmanager
def daemon(directory: Path) -> Iterator[Host]:
    """Serve the repositories of a directory by the git protocol."""
    port = free_port()
    line = ["git", "daemon", "--reuseaddr", "--export-all", f"--listen={HOST}", f"--port={port}"]
    line += [f"--base-path={directory}", str(directory)]
    process = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield Host(f"git://{HOST}:{port}", process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tree(files: int) -> Mapping[str, Entry]:
    applications = range((files - 1) // 2)
    names = [name for n in applications for name in (f"app{n}.yml", f"app{n}-dev.yml")]
    shared = {"application.yml": Entry(_content("shared").encode())}
    return shared | {name: Entry(_content(name).encode()) for name in names}


def _content(title: str) -> str:
    """Return about two kilobytes of ordinary configuration."""
    sections = (
        f"section{section}:\n"
        + "".join(f"  key{key}: {title} value {section * key}\n" for key in range(KEYS))
        + f"  limit: {section}\n  hosts: [a{section}, b{section}]\n"
        for section in range(SECTIONS)
    )
    return f"title: {title}\n" + "".join(sections)
