"""Labels to snapshots, for a repository that is open and refs that are known."""

from contextlib import suppress

from configserver.backends.git.labels import may_be_id, resolve
from configserver.backends.git.refs import BRANCHES, Refs
from configserver.backends.git.repository import Repository
from configserver.backends.git.snapshot import GitSnapshot
from configserver.errors import NoSuchLabel, NoSuchRepository

_MAIN = "main"
_MASTER = "master"


class Commits:
    """What a source serves at this moment.

    Repository and refs are replaced together in one assignment by the source, and read once per
    call here, so that threads never see half of a change.

    Args:
        default_label: what is served if no label is asked for.
        try_master: serve `master` if the default label is `main` and does not exist. Unlike the
            original, only then: a file on `main` that does not parse is reported.
    """

    def __init__(self, default_label: str, *, try_master: bool) -> None:
        self._default = default_label
        self._try_master = try_master
        self._served: tuple[Repository, Refs] | None = None

    @property
    def refs(self) -> Refs | None:
        """What the labels of the moment point to, None if there is no repository yet."""
        served = self._served
        return None if served is None else served[1]

    def serve(self, repository: Repository, refs: Refs) -> None:
        """Answer from a repository and its refs from now on."""
        self._served = (repository, refs)

    def snapshot(self, label: str | None) -> GitSnapshot:
        """Return the files of the commit that a label names.

        Raises:
            NoSuchLabel: it names none; the reason names the default label if that was asked for.
            NoSuchRepository: there is no repository yet.
            BackendFailure: the repository cannot be read.
        """
        name = self._default if label is None else label
        try:
            return self._named(name)
        except NoSuchLabel:
            if name == _MAIN and self._try_master:
                with suppress(NoSuchLabel):
                    found = self._named(_MASTER)
                    found.stand_in = _MASTER
                    return found
            if label is None:
                raise self._no_default() from None
            raise

    def head(self) -> str | None:
        """Return the commit that is served by default if it is a branch, without any I/O."""
        refs = self.refs
        if refs is None:
            return None
        fallback = self._default == _MAIN and self._try_master
        names = (self._default, _MASTER) if fallback else (self._default,)
        return next((found for name in names if (found := refs.ids.get(BRANCHES + name))), None)

    def names(self, label: str | None) -> bool:
        """Say whether a label, the default one for None, is the name of a branch or tag."""
        refs = self.refs
        name = self._default if label is None else label
        return refs is not None and any(prefix + name in refs.ids for prefix in refs.prefixes)

    def mark(self, label: str | None) -> object | None:
        """Return what changes whenever a label may come to mean another commit, without any I/O.

        It is None as long as there is no repository.
        """
        refs = self.refs
        if refs is None:
            return None
        name = self._default if label is None else label
        names = (name, _MASTER) if name == _MAIN and self._try_master else (name,)
        if any(map(may_be_id, names)):
            return refs
        return tuple(refs.ids.get(prefix + each) for each in names for prefix in refs.prefixes)

    def close(self) -> None:
        """Close the repository."""
        served, self._served = self._served, None
        if served is not None:
            served[0].close()

    def _no_default(self) -> NoSuchLabel:
        """Say that what is served by default is not there, or that nothing is."""
        refs = self.refs
        if refs is not None and not refs.ids:
            return NoSuchLabel("the repository is empty", hint="push a commit")
        return NoSuchLabel(
            f"the default label '{self._default}' is neither a branch nor a tag nor a commit",
            hint="ask for another label, or set default-label",
        )

    def _named(self, label: str) -> GitSnapshot:
        served = self._served
        if served is None:
            raise NoSuchRepository("the repository was never reached")
        repository, refs = served
        return GitSnapshot(repository, resolve(label, refs, repository))
