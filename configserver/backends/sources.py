"""The port to places with snapshots."""

from types import TracebackType
from typing import Protocol, Self

from configserver.backends import Seen
from configserver.snapshot import Snapshot


class SnapshotSource(Protocol):
    """A place with snapshots; an asynchronous context manager that owns its tasks and threads."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def now(self) -> object | None:
        """Return the current generation if it may be answered from right away, else None."""

    async def sync(self) -> object:
        """Look for news within the configured limits and return the generation.

        Raises:
            NoSuchRepository: nothing was ever fetched.
            BackendFailure: the place cannot be read.
        """

    def seen(self) -> Seen:
        """Say at once how fresh the current generation is."""

    def mark(self, label: str | None) -> object | None:
        """Return at once what changes whenever a label may come to mean another snapshot.

        None if nothing is served.
        """

    async def healed(self) -> bool:
        """After a failure to read, wait within the limits for what can be read; say if it is."""

    def snapshot(self, label: str | None) -> Snapshot:
        """Return the snapshot that a label names, the default one for None; blocks.

        Raises:
            NoSuchLabel: it names none.
            NoSuchRepository: nothing was ever fetched.
            BackendFailure: the place cannot be read.
        """


class Refreshable(Protocol):
    """A source that looks for news when it is told to; equal to itself alone."""

    @property
    def uris(self) -> tuple[str, ...]:
        """Under which names it may be claimed that it changed, masked."""

    async def refresh(self) -> object:
        """Look for news now, within the limits of the source.

        Raises:
            ConfigError: that is not possible.
        """
