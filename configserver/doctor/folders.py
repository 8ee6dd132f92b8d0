"""Folders of the file system: plain configuration, or where a repository should be."""

import os
from pathlib import Path
from typing import Final

from configserver.backends.folders import NativeSnapshot, root_of
from configserver.backends.layouts import native_layout
from configserver.doctor.content import examine_sample
from configserver.doctor.report import Finding, StepFailed, Warned
from configserver.doctor.steps import Todo
from configserver.doctor.targets import NativeTarget, Sample

_READING: Final = 60.0


class NativeExamination:
    """Plain folders.

    Args:
        target: what is examined.
        sample: what is asked for.
    """

    def __init__(self, target: NativeTarget, sample: Sample) -> None:
        self._target = target
        self._query = sample.query()

    def todo(self) -> list[Todo]:
        """Return the steps: each search location, then a sample."""
        places = [
            Todo("search location", lambda text=text: _location(text), _READING)  # type: ignore[misc]
            for text in self._target.locations
        ]
        return [*places, Todo("sample", self._sample, _READING)]

    def close(self) -> None:
        """Do nothing; nothing stays open."""

    def _sample(self) -> Finding:
        target = self._target
        locations = [_absolute(text) for text in target.locations]
        layout = native_layout(
            locations,
            default_label=target.default_label,
            add_label_locations=target.add_label_locations,
        )
        snapshot = NativeSnapshot([root_of(location, "/") for location in locations])
        return examine_sample(layout, self._query, snapshot, target)


def examine_folder(path: Path, what: str) -> None:
    """Look whether a folder is there and can be read.

    Raises:
        StepFailed: it is not.
    """
    if not path.exists():
        raise StepFailed(
            f"{path} is not there",
            why=f"{_last_there(path)} is there, nothing below it",
            do=f"correct the place of {what}, or mount it",
        )
    if not path.is_dir():
        raise StepFailed(
            f"{path} is no directory", why="a file stands there", do="name a directory"
        )
    if not os.access(path, os.R_OK | os.X_OK):
        raise StepFailed(
            f"{path} cannot be read",
            why=f"user {os.geteuid()} has no right to it",
            do="give the server's user the right to read it",
        )


def _location(text: str) -> Finding:
    absolute = _absolute(text)
    fixed = Path(root_of(absolute, "/"))
    try:
        examine_folder(fixed, "the search location")
    except StepFailed as error:
        if error.why.startswith("user"):
            raise
        return Finding(error.text, warnings=(Warned(error.why, error.do),))
    count = sum(1 for _ in fixed.iterdir())
    rest = ", placeholders are filled for each request" if "{" in text else ""
    return Finding(f"{fixed}/, {count} {'entry' if count == 1 else 'entries'}{rest}")


def _absolute(location: str) -> str:
    """Write a search location as an absolute `file:` URI that ends with a slash."""
    text = location.strip().removeprefix("optional:")
    scheme, colon, rest = text.partition(":")
    if colon and scheme != "file":
        raise StepFailed(
            text, why=f"'{scheme}:' is not supported", do="name folders, such as file:/srv/config/"
        )
    path = rest if colon else text
    path = "/" + path.lstrip("/") if path.startswith("//") else str(Path(path).absolute())
    return f"file:{path.rstrip('/')}/"


def _last_there(path: Path) -> Path:
    return next((one for one in path.parents if one.exists()), Path("/"))
