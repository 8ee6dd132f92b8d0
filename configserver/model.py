"""The vocabulary: every value that crosses a package border."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Value: TypeAlias = str | bool | int | float | bytes | datetime
"""A flat value: text, boolean, any integer, Java double, `!!binary`, `!!timestamp` (UTC)."""


class Position(NamedTuple):
    """Where a value stands in its file, counted as Spring counts: see the v2 media type."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


NOWHERE: Mapping[str, Position] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Document:
    """One non-empty document of a configuration file, flattened.

    Attributes:
        properties: dotted keys in file order.
        origins: positions of the values; a value without one has no entry.
    """

    properties: Mapping[str, Value]
    origins: Mapping[str, Position] = field(default_factory=lambda: NOWHERE)


@dataclass(frozen=True, slots=True)
class PropertySource:
    """A named layer of an environment.

    Attributes:
        name: the name on the wire, unique within the environment.
        properties: dotted keys in file order.
        origins: positions of the values in the file.
        path: the file within its snapshot, or None for the server's own overrides.
    """

    name: str
    properties: Mapping[str, Value]
    origins: Mapping[str, Position] = field(default_factory=lambda: NOWHERE)
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What answered where that is not what was asked for.

    Attributes:
        label: the label that stood in for one that is not there, such as `master` for `main`.
        repository: the masked URI of the repository that stood in for one that failed.
        skipped: what was left out because it failed: masked URIs of backends.
    """

    label: str | None = None
    repository: str | None = None
    skipped: tuple[str, ...] = ()


AS_ASKED = Provenance()


@dataclass(frozen=True, slots=True)
class Environment:
    """What `GET /{name}/{profiles}[/{label}]` answers; fields as on the wire.

    Attributes:
        name: the application as asked, `(_)` turned into `/`, commas kept.
        profiles: the profiles as asked, commas kept.
        label: the label as asked, or None.
        version: commit ids, joined by commas in the order of the labels.
        state: empty for one Git repository, None elsewhere.
        sources: property sources, highest precedence first.
        provenance: what answered, not on the wire.
    """

    name: str
    profiles: str
    label: str | None
    version: str | None
    state: str | None
    sources: tuple[PropertySource, ...]
    provenance: Provenance = AS_ASKED


@dataclass(frozen=True, slots=True)
class File:
    """A plain file found for a query.

    Attributes:
        path: where it was found within its snapshot.
        content: its bytes, as stored.
        version: the commit it is from, or None.
        modified: seconds since 1970 of its last change, or None.
    """

    path: str
    content: bytes
    version: str | None
    modified: float | None
