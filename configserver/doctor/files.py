"""The steps on files, which a fetched mirror and a repository on this machine have in common."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from dulwich.refs import Ref

from configserver.backends.git.labels import resolve
from configserver.backends.git.ref_files import RefFiles
from configserver.backends.git.refs import Refs
from configserver.backends.git.repository import Repository
from configserver.backends.git.snapshot import GitSnapshot
from configserver.backends.layouts import git_layout
from configserver.doctor.content import examine_sample, examine_search_paths
from configserver.doctor.folders import examine_folder
from configserver.doctor.listing import Listing, examine_label, listing_of
from configserver.doctor.report import Finding
from configserver.doctor.steps import Todo
from configserver.doctor.targets import GitTarget, Sample
from configserver.errors import NoSuchLabel, NoSuchRepository
from configserver.snapshot import Snapshot

READING: Final = 60.0
"""Seconds that reading and parsing may take."""

_WORKDIR: Final = "/config-repo"


class Files:
    """One repository's files, for a sample.

    Args:
        target: what is examined.
        sample: what is asked for.
    """

    def __init__(self, target: GitTarget, sample: Sample) -> None:
        self._target = target
        self._sample = sample
        self._query = sample.query()
        self._repository: Repository | None = None
        self._refs = Refs({})

    @property
    def label(self) -> str:
        """The label that is looked at."""
        return self._query.label or self._target.default_label

    def open(self, path: Path, *, branches_first: bool) -> Iterable[str]:
        """Open a repository; return the full names of its refs.

        Raises:
            BackendFailure: there is none that can be read.
        """
        self._repository = Repository(str(path))
        self._refs = RefFiles(self._repository.git, branches_first=branches_first).read()
        return self._refs.ids

    def symrefs(self) -> Mapping[str, str]:
        """Return what `HEAD` of the open repository points to."""
        value = self._repository and self._repository.git.refs.read_ref(Ref(b"HEAD"))
        name = (value or b"").decode("utf-8", "replace")
        return {"HEAD": name.removeprefix("ref: ").strip()} if name.startswith("ref: ") else {}

    def close(self) -> None:
        """Close what was opened."""
        if self._repository is not None:
            self._repository.close()

    def label_step(self, listing: Listing) -> Finding:
        """Look for the default label or the sample's; see `examine_label`."""
        return examine_label(
            listing,
            self.label,
            setting=None if self._query.label else self._target.label_setting,
            try_master=self._target.try_master,
        )

    def todo(self) -> list[Todo]:
        """Return the steps that read files."""
        return [
            Todo("search paths", self._search_paths, READING),
            Todo("sample", self._resolution, READING),
        ]

    def _snapshot(self) -> Snapshot:
        if self._repository is None:
            raise NoSuchRepository("nothing was fetched")
        try:
            commit = resolve(self.label, self._refs, self._repository)
        except NoSuchLabel:
            if self.label != "main" or not self._target.try_master:
                raise
            commit = resolve("master", self._refs, self._repository)
        return GitSnapshot(self._repository, commit)

    def _search_paths(self) -> Finding:
        return examine_search_paths(
            self._target.search_paths, self._sample, self.label, self._snapshot()
        )

    def _resolution(self) -> Finding:
        layout = git_layout(
            self._target.shown,
            _WORKDIR,
            search_paths=self._target.search_paths,
            default_label=self._target.default_label,
        )
        return examine_sample(layout, self._query, self._snapshot(), self._target)


class LocalExamination:
    """A repository that is read in place.

    Args:
        target: what is examined.
        sample: what is asked for.
        path: the repository's directory.
    """

    def __init__(self, target: GitTarget, sample: Sample, path: str) -> None:
        self._path = Path(path)
        self._files = Files(target, sample)
        self._refs: Iterable[str] = ()

    def todo(self) -> list[Todo]:
        """Return the steps."""
        return [
            Todo("open", self._open, READING),
            Todo("list refs", lambda: self._listing().finding(), READING),
            Todo("default branch", lambda: self._files.label_step(self._listing()), READING),
            *self._files.todo(),
        ]

    def close(self) -> None:
        """Close the repository."""
        self._files.close()

    def _open(self) -> Finding:
        examine_folder(self._path, "the repository")
        self._refs = self._files.open(self._path, branches_first=False)
        return Finding(f"{self._path} is read in place")

    def _listing(self) -> Listing:
        return listing_of(self._refs, self._files.symrefs())
