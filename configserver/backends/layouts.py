"""The differences between Git and plain folders, as values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from configserver.environment.naming import GitNaming, Naming, NativeNaming
from configserver.environment.search import Location, git_locations, native_locations
from configserver.query import Query
from configserver.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Layout:
    """How configuration lies in the snapshots of a source.

    Attributes:
        locate: the places to search for a query under a label (None: the default one), weakest
            first.
        naming: how property sources are called.
        repository: what errors call the source: its masked URI.
        labels_apart: several labels are a snapshot each, the last one strongest, as in Git; else
            they are up to `locate`.
        reverse_files: whether a plain file is taken from the strongest place rather than from the
            weakest, as `reverse-location-order` asks.
        skip_failing: of several labels, leave out those that fail, even all of them.
        state: `state` of environments.
        version: `version` of environments whose snapshots have none.
    """

    locate: Callable[[Query, str | None, Snapshot], Sequence[Location]]
    naming: Naming
    repository: str
    labels_apart: bool
    reverse_files: bool = False
    skip_failing: bool = False
    state: str | None = None
    version: str | None = None


def git_layout(  # noqa: PLR0913 - what an operator can set
    shown: str,
    workdir: str,
    *,
    search_paths: Sequence[str] = (),
    default_label: str = "main",
    reverse_files: bool = False,
    skip_failing: bool = False,
) -> Layout:
    """Describe a repository: its root and search paths, commits as versions, an empty state.

    Args:
        shown: the URI without secrets.
        workdir: absolute path of the repository or its mirror.
        search_paths: further folders, later ones stronger.
        default_label: what `{label}` stands for if no label is asked for.
        reverse_files: see Layout.
        skip_failing: see Layout.
    """

    def locate(query: Query, label: str | None, snapshot: Snapshot) -> tuple[Location, ...]:
        return git_locations(
            search_paths, query, default_label if label is None else label, snapshot
        )

    return Layout(
        locate=locate,
        naming=GitNaming(shown, workdir),
        repository=shown,
        labels_apart=True,
        reverse_files=reverse_files,
        skip_failing=skip_failing,
        state="",
    )


def native_layout(
    search_locations: Sequence[str],
    *,
    default_label: str = "master",
    add_label_locations: bool = True,
    version: str | None = None,
    reverse_files: bool = False,
) -> Layout:
    """Describe folders: labels are folders below them, the version is what is configured.

    Args:
        search_locations: with absolute paths, later ones stronger.
        default_label: the label if none is asked for.
        add_label_locations: search the folder named like the label in each location, too.
        version: `version` of all environments.
        reverse_files: see Layout.
    """

    def locate(query: Query, _: str | None, snapshot: Snapshot) -> tuple[Location, ...]:
        return native_locations(
            search_locations,
            query,
            snapshot,
            default_label=default_label,
            add_label_locations=add_label_locations,
        )

    return Layout(
        locate=locate,
        naming=NativeNaming(),
        repository="native",
        labels_apart=False,
        reverse_files=reverse_files,
        version=version,
    )
