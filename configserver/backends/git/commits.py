"""Labels to snapshots, for a repository that is open and refs that are known."""

from configserver.backends.git.labels import resolve
from configserver.backends.git.refs import BRANCHES, Refs
from configserver.backends.git.repository import Repository
from configserver.backends.git.snapshot import GitSnapshot
from configserver.errors import NoSuchLabel, NoSuchRepository

_MAIN = "main"
_MASTER = "master"


class Commits:
    """What a source serves at this moment.

    `repository` and `refs` are each replaced in one assignment by the source, and read once per
    call here, so that threads never see half of a change.

    Args:
        default_label: what is served if no label is asked for.
        try_master: serve `master` if the default label is `main` and does not exist. Unlike the
            original, only then: a file on `main` that does not parse is reported.
    """

    def __init__(self, default_label: str, *, try_master: bool) -> None:
        self._default = default_label
        self._try_master = try_master
        self.repository: Repository | None = None
        self.refs: Refs | None = None

    def snapshot(self, label: str | None) -> GitSnapshot:
        """Return the files of the commit that a label names.

        Raises:
            NoSuchLabel: it names none.
            NoSuchRepository: there is no repository yet.
            BackendFailure: the repository cannot be read.
        """
        name = self._default if label is None else label
        try:
            return self._named(name)
        except NoSuchLabel:
            if name != _MAIN or not self._try_master:
                raise
            try:
                found = self._named(_MASTER)
            except NoSuchLabel:
                pass
            else:
                found.stand_in = _MASTER
                return found
            raise

    def head(self) -> str | None:
        """Return the commit that is served by default if it is a branch, without any I/O."""
        if self.refs is None:
            return None
        fallback = self._default == _MAIN and self._try_master
        names = (self._default, _MASTER) if fallback else (self._default,)
        return next(
            (found for name in names if (found := self.refs.ids.get(BRANCHES + name))), None
        )

    def close(self) -> None:
        """Close the repository."""
        if self.repository is not None:
            self.repository.close()
            self.repository = None

    def _named(self, label: str) -> GitSnapshot:
        repository, refs = self.repository, self.refs
        if repository is None or refs is None:
            raise NoSuchRepository("the repository was never reached")
        return GitSnapshot(repository, resolve(label, refs, repository))
