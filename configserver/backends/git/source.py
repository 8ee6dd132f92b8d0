"""The right source for a repository's address."""

from pathlib import Path

from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.local import LocalSource
from configserver.backends.git.remote import RemoteSource


def git_source(  # noqa: PLR0913 - what an operator can set
    address: Address,
    *,
    state_dir: Path,
    freshness: Freshness,
    default_label: str = "main",
    try_master: bool = True,
    clone_timeout: float = 120.0,
    prune: bool = False,
) -> LocalSource | RemoteSource:
    """Return a source that reads a repository in place, or mirrors a remote; see those two."""
    commits = Commits(default_label, try_master=try_master)
    if address.path is not None:
        return LocalSource(address.path, commits)
    return RemoteSource(
        address,
        state_dir=state_dir,
        freshness=freshness,
        commits=commits,
        clone_timeout=clone_timeout,
        prune=prune,
    )
