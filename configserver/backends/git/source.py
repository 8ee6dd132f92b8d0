"""The right source for a repository's addresses."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from configserver.backends.bell import Bell
from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.backends.git.commits import Commits
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.local import LocalSource
from configserver.backends.git.mirrors.folder import MirrorFolder, mirror_name
from configserver.backends.git.remote import RemoteSource

MIRRORS = "mirrors"
"""The folder of the mirrors of repositories that the settings name."""

NAMED = "mirrors-by-name"
"""The folder of those that requests name."""


@dataclass(frozen=True, slots=True)
class Means:
    """What all sources of a server share.

    Attributes:
        state_dir: under which mirrors are kept; held by this process, see `lock`.
        fetchers: the processes that fetch.
        pool: threads for disk work; not those that answer requests, which may all be busy.
        bell: what sources ring when they serve something new.
    """

    state_dir: Path
    fetchers: Fetchers
    pool: Executor
    bell: Bell = field(default_factory=Bell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one repository is served; see RemoteSource for what is not told here.

    Attributes:
        access: how it is reached.
        freshness: when to look for news.
        default_label: what is served if no label is asked for.
        try_master: serve `master` if the default label is `main` and does not exist.
        clone_timeout: seconds for a whole transfer.
        prune: forget branches that the remote deleted.
        clone_on_start: do not open without something to serve.
        basedir: where its mirror is kept instead of in the state directory.
        key: what tells its mirror from others of the same URI, such as the repository's name.
        shelf: the folder in the state directory that holds its mirror among others.
    """

    access: Access = field(default_factory=Access)
    freshness: Freshness = field(default_factory=Freshness)
    default_label: str = "main"
    try_master: bool = True
    clone_timeout: float = 120.0
    prune: bool = False
    clone_on_start: bool = False
    basedir: Path | None = None
    key: str = ""
    shelf: str = MIRRORS


def git_source(
    addresses: Sequence[Address], means: Means, manner: Manner
) -> LocalSource | RemoteSource:
    """Return a source that reads a repository in place, or mirrors a remote.

    Args:
        addresses: the first one, then those to fail over to; one that is read in place is alone.
        means: what all sources share.
        manner: how this one is served.
    """
    commits = Commits(manner.default_label, try_master=manner.try_master)
    first = addresses[0]
    if first.path is not None:
        return LocalSource(first.path, commits, pool=means.pool, shown=first.shown, bell=means.bell)
    name = mirror_name(first.shown, manner.key)
    root, above = (manner.basedir, "") if manner.basedir else (means.state_dir, manner.shelf)
    return RemoteSource(
        addresses,
        access=manner.access,
        folder=MirrorFolder(root, root / above / name, first.shown),
        fetchers=means.fetchers,
        pool=means.pool,
        freshness=manner.freshness,
        commits=commits,
        clone_timeout=manner.clone_timeout,
        prune=manner.prune,
        clone_on_start=manner.clone_on_start,
        bell=means.bell,
    )
