"""The configuration repository: a bare one with a webhook, and a clone to commit in."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_HOOK = Path(__file__).with_name("post-receive")


class Repository:
    """Made in a folder of the example, with a first commit.

    Args:
        work: the folder.
        files: of the first commit.

    Attributes:
        remote: what is pushed to, and what the server reads.
        clone: where commits are made.
    """

    def __init__(self, work: Path, files: Mapping[str, str]) -> None:
        self.remote, self.clone = work / "config.git", work / "config"
        _git(work, "init", "-q", "--bare", "-b", "main", str(self.remote))
        _git(work, "init", "-q", "-b", "main", str(self.clone))
        for name, value in (("user.name", "Example"), ("user.email", "example@localhost")):
            _git(self.clone, "config", name, value)
        _git(self.clone, "remote", "add", "origin", str(self.remote))
        self.push(files, "Begin")

    def call(self, url: str, secret_file: Path) -> None:
        """Have each push from now on told to the server."""
        _git(self.remote, "config", "monitor.url", url)
        _git(self.remote, "config", "monitor.secretFile", str(secret_file))
        shutil.copy(_HOOK, self.remote / "hooks" / _HOOK.name)

    def push(self, files: Mapping[str, str], message: str) -> None:
        """Write and commit files, and push them."""
        for name, text in files.items():
            (self.clone / name).write_text(text)
        _git(self.clone, "add", "-A")
        _git(self.clone, "commit", "-q", "-m", message)
        _git(self.clone, "push", "-q", "-u", "origin", "main")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, stderr=subprocess.PIPE, timeout=60)
