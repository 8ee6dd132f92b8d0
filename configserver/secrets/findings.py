"""What is wrong with the secrets of a file, and what to do about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What was found; the first five are errors, the others warnings."""

    UNDECRYPTABLE = "undecryptable"
    NEVER_DECRYPTED = "never-decrypted"
    PLAIN_TEXT = "plain-text"
    KNOWN_TOKEN = "known-token"  # noqa: S105 - a name
    UNREADABLE = "unreadable"
    RETIRED_KEY = "retired-key"
    IN_COMMENT = "cipher-in-comment"

    @property
    def is_error(self) -> bool:
        """Whether the exit code tells of it."""
        return self not in {Kind.RETIRED_KEY, Kind.IN_COMMENT}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to do; holds no secret.

    Attributes:
        path: the file.
        line: 1-based.
        column: 1-based.
        kind: what was found.
        key: flat key, or empty for what is no value.
        why: what is wrong.
        do: what to do.
    """

    path: str
    line: int
    column: int
    kind: Kind
    key: str
    why: str
    do: str

    def json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        severity = "error" if self.kind.is_error else "warning"
        return {**asdict(self), "kind": str(self.kind), "severity": severity}
