"""What a process that fetches is told, and what it answers; plain values."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from configserver.backends.git.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Bringing one mirror up to date.

    Attributes:
        uri: the remote; it may hold credentials.
        access: how the remote is reached.
        path: a bare repository, or where to make one: a folder that does not exist.
        prune: forget branches that the remote deleted.
        timeout: seconds for connecting, for each wait, and until the remote has sent its refs.
        transfer_timeout: seconds for all of it once the remote has sent its refs.
    """

    uri: str = field(repr=False)
    access: Access = field(default_factory=Access)
    path: Path
    prune: bool = False
    timeout: float
    transfer_timeout: float

    def message(self) -> dict[str, Any]:
        """Return it with secrets in plain text: for the pipe to the worker, and nothing else."""
        return {
            "uri": self.uri,
            "access": self.access.message(),
            "path": str(self.path),
            "prune": self.prune,
            "timeout": self.timeout,
            "transfer_timeout": self.transfer_timeout,
        }

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Return what `message` was made of."""
        given = {"access": Access.of(message["access"]), "path": Path(message["path"])}
        return cls(**{**message, **given})


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that is not where it was.

    Attributes:
        name: in full, such as `refs/heads/main`.
        before: id of the object it named, None if it is new.
        after: id of the object it names now, None if it is gone.
        forced: whether it is a branch whose old commit is no ancestor of the new one.
    """

    name: str
    before: str | None
    after: str | None
    forced: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a job found and did.

    Attributes:
        moves: refs of the mirror that moved, by name.
        head: name of the remote's default branch, such as `refs/heads/main`, if it says.
        size: bytes of the mirror on disk.
        memory: the most bytes that the process held in memory during the job.
    """

    moves: tuple[Move, ...]
    head: str | None
    size: int
    memory: int

    def message(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return asdict(self)

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Return what `message` was made of."""
        return cls(**{**message, "moves": tuple(Move(**move) for move in message["moves"])})
