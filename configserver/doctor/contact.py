"""A remote as the server talks to it: its refs, once, and a mirror in a temporary directory."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dulwich.client import GitClient

from configserver.backends.git.faults import Unreachable
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Fetched, Job
from configserver.backends.git.transport import talk
from configserver.doctor.listing import Listing, listing_of
from configserver.doctor.targets import GitTarget

Refs = tuple[tuple[str, ...], Mapping[str, str]]
"""Full names, and what symbolic ones point to."""


class Contact:
    """What came of talking to a remote; several steps ask for parts of it.

    Args:
        target: the remote.
    """

    def __init__(self, target: GitTarget) -> None:
        self._target = target
        self._refs: Refs | None = None
        self._failure: Unreachable | None = None
        self._folder = tempfile.TemporaryDirectory(
            prefix="configserver-doctor-", ignore_cleanup_errors=True
        )

    @property
    def mirror(self) -> Path:
        """Where `fetch` puts what it gets."""
        return Path(self._folder.name, "mirror")

    def close(self) -> None:
        """Remove the mirror."""
        self._folder.cleanup()

    def failure(self) -> Unreachable | None:
        """Return why the refs cannot be listed, None if they can be; the first call tries it."""
        if self._refs is None and self._failure is None:
            target = self._target
            try:
                self._refs = talk(target.uri, target.access, _refs, timeout=target.timeout)
            except Unreachable as error:
                self._failure = error
        return self._failure

    def listing(self) -> Listing:
        """Return what the remote lists.

        Raises:
            Unreachable: it cannot be listed.
        """
        if failure := self.failure():
            raise failure
        return listing_of(*(self._refs or ((), {})))

    def fetch(self) -> Fetched:
        """Make the mirror, in a process of its own that can be ended at any moment.

        Raises:
            Unreachable: there is none in time, or at all.
        """
        return asyncio.run(self._fetched())

    async def _fetched(self) -> Fetched:
        target = self._target
        job = Job(
            uri=target.uri,
            access=target.access,
            path=self.mirror,
            timeout=target.timeout,
            transfer_timeout=target.clone_timeout,
        )
        async with Fetchers(1, target.fetch_memory) as fetchers:
            return await fetchers.fetch(job)


def _refs(client: GitClient, path: str) -> Refs:
    found = client.get_refs(os.fsencode(path), ref_prefix=[b"HEAD", b"refs/heads/", b"refs/tags/"])
    names = (os.fsdecode(name) for name, value in found.refs.items() if value)
    symrefs = {os.fsdecode(name): os.fsdecode(to) for name, to in (found.symrefs or {}).items()}
    return tuple(names), symrefs
