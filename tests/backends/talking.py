"""Talking to a remote in a test: looking at its refs, cloning it, failing to."""

import os
import time
from pathlib import Path

import pytest
from dulwich.client import GitClient
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Unreachable
from configserver.backends.git.transport import talk

NOTHING = Access()
PREFIXES = [b"HEAD", b"refs/heads/", b"refs/tags/"]


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine that runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def look(uri: str, access: Access = NOTHING, *, timeout: float = 5.0) -> str:
    """Return the commit of `main`."""

    def work(client: GitClient, path: str) -> str:
        refs = client.get_refs(path.encode(), ref_prefix=PREFIXES).refs
        return (refs[Ref(b"refs/heads/main")] or b"").decode()

    return talk(uri, access, work, timeout=timeout)


def clone(uri: str, folder: Path, access: Access = NOTHING, *, timeout: float = 5.0) -> str:
    """Fetch all into a new bare repository and return the commit of `main`."""
    with Repo.init_bare(str(folder), mkdir=True) as mirror:

        def work(client: GitClient, path: str) -> str:
            refs = client.fetch(path, mirror, ref_prefix=PREFIXES).refs
            return (refs[Ref(b"refs/heads/main")] or b"").decode()

        commit = talk(uri, access, work, timeout=timeout)
        assert ObjectID(commit.encode()) in mirror.object_store
        return commit


def failure(uri: str, access: Access = NOTHING, *, timeout: float = 5.0) -> Unreachable:
    """Return why looking fails."""
    with pytest.raises(Unreachable) as found:
        look(uri, access, timeout=timeout)
    return found.value


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began
