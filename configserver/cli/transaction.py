"""Many files replaced, all of them or none, even if the process is killed in between.

The new files are written beside the old ones first. Then a journal says that they count, and they
are renamed one after the other. Whoever comes next finds the journal: before that moment it takes
the new files away, after it it renames the rest. It needs no key for either.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from configserver.cli.replace import CannotReplace, stage, staged_beside, sync_folder

JOURNAL: Final = ".configserver-rekey.json"
_PREPARING: Final = "preparing"
_COUNTS: Final = "counts"
_FRESH: Final = ".new"
_THREADS: Final = 8
"""Each file waits for the disk, so several wait together."""


class Busy(CannotReplace):
    """Another process replaces files here."""


class Replacement(NamedTuple):
    """A file to replace: its real path, what was read, what to write."""

    path: Path
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was left of a process that did not finish.

    Attributes:
        finished: files that it meant to replace and that now are.
        undone: files that it had prepared; they stay as they were.
        conflicts: files that were changed since and were left alone.
    """

    finished: int = 0
    undone: int = 0
    conflicts: tuple[Path, ...] = ()


def is_unfinished(folder: Path) -> bool:
    """Say whether a process did not finish."""
    return (folder / JOURNAL).exists()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder; the system lets go of it when the process ends, however it ends.

    Raises:
        Busy: another process holds it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Busy("another process changes keys here", hint="wait until it ends") from None
    finally:
        os.close(handle)


def recover(folder: Path) -> Recovered | None:
    """Finish or undo what a process left; None if there is nothing.

    Raises:
        CannotReplace: a file cannot be written; the journal stays.
    """
    journal = folder / JOURNAL
    try:
        journal.with_suffix(_FRESH).unlink(missing_ok=True)
        found = json.loads(journal.read_bytes())
        files = [(Path(staged), Path(path), digest) for staged, path, digest in found["files"]]
        counts = found["state"] == _COUNTS
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        hint = "see whether files named .*.new are left beside others, then delete it"
        raise CannotReplace("the journal cannot be read", hint=hint, path=str(journal)) from None
    try:
        done = _finished(files) if counts else _undone(files)
        journal.unlink()
    except OSError as error:
        path = str(error.filename or journal)
        raise CannotReplace(error.strerror or "cannot be written", path=path) from None
    return done


def replace_all(folder: Path, files: Mapping[str, Replacement]) -> None:
    """Replace files, all or none. To be called within `alone`, with nothing to recover.

    Args:
        folder: where the journal is kept; the same for all who change these files.
        files: what to replace, by any name.

    Raises:
        CannotReplace: a file cannot be written, or was changed meanwhile; all are as they were.
    """
    entries = [(staged_beside(one.path), one) for one in files.values()]
    journal = folder / JOURNAL
    listed = [
        (str(staged), str(one.path), hashlib.sha256(one.old).hexdigest()) for staged, one in entries
    ]
    try:
        _write_journal(journal, _PREPARING, listed)
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda one: stage(one[0], one[1].path, one[1].new), entries))
        for _, one in entries:
            _see_unchanged(one)
        _write_journal(journal, _COUNTS, listed)
    except (OSError, CannotReplace) as error:
        recover(folder)
        if isinstance(error, CannotReplace):
            raise
        path = str(error.filename or folder)
        reason = f"{error.strerror or 'cannot be written'}; nothing was changed"
        raise CannotReplace(reason, path=path) from None
    recover(folder)


def _see_unchanged(one: Replacement) -> None:
    if one.path.read_bytes() != one.old:
        raise CannotReplace("was changed meanwhile; nothing was written", path=str(one.path))


def _finished(files: list[tuple[Path, Path, str]]) -> Recovered:
    """Rename what is left to rename, but for files that somebody changed since."""
    count, conflicts = 0, []
    for staged, path, digest in files:
        if not staged.exists():
            continue
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            staged.replace(path)
            count += 1
        else:
            staged.unlink()
            conflicts.append(path)
    for folder in {path.parent for _, path, _ in files}:
        sync_folder(folder)
    return Recovered(finished=count, conflicts=tuple(conflicts))


def _undone(files: list[tuple[Path, Path, str]]) -> Recovered:
    for staged, _, _ in files:
        staged.unlink(missing_ok=True)
    return Recovered(undone=len(files))


def _write_journal(journal: Path, state: str, files: list[tuple[str, str, str]]) -> None:
    fresh = journal.with_suffix(_FRESH)
    with fresh.open("w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump({"state": state, "files": files}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(journal)
    sync_folder(journal.parent)
