"""What property sources are called on the wire."""

from dataclasses import dataclass
from typing import Protocol


class Naming(Protocol):
    """The names a backend gives to the files it serves."""

    def name(self, path: str, location: str, index: int | None) -> str:
        """Name a source.

        Args:
            path: the file within its snapshot.
            location: what led there, as written: a search location or an import.
            index: the number of the document in a file of several, None if it is the only one.
        """

    def inside(self, path: str) -> str | None:
        """Return where an absolute path of the file system is in the snapshot, None if outside."""


@dataclass(frozen=True, slots=True)
class GitNaming:
    """Names below the repository's URI, as Spring's `EnvironmentCleaner` leaves them.

    Attributes:
        uri: the repository's URI as configured, without a password.
        workdir: absolute path of the working directory, or of what stands for it.
    """

    uri: str
    workdir: str

    def name(self, path: str, location: str, index: int | None) -> str:
        """See Naming; every `]` is lost."""
        if index is None:
            return f"{self.uri}/{path.replace(']', '')}"
        resource = f"{self.workdir}/{path}"
        name = f"Config resource 'file [{resource}]' via location '{location}' (document #{index})"
        return f"{self.uri}/{name.replace(f'file:{self.workdir}/', '').replace(']', '')}"

    def inside(self, path: str) -> str | None:
        """See Naming."""
        prefix = f"{self.workdir}/"
        return path[len(prefix) :] if path.startswith(prefix) else None


@dataclass(frozen=True, slots=True)
class NativeNaming:
    """Names with absolute paths; the snapshot's paths are those without their first slash."""

    def name(self, path: str, location: str, index: int | None) -> str:
        """See Naming; a `]` is lost, or with a `[` before it one more stands at the end."""
        if index is None:
            return f"file:/{path}]" if "[" in path else f"file:/{path.replace(']', '')}"
        return f"Config resource 'file [/{path}]' via location '{location}' (document #{index})"

    def inside(self, path: str) -> str | None:
        """See Naming."""
        return path.removeprefix("/")
