"""The applications that a file may be for, guessed from its name as the original does."""

from collections.abc import Iterable
from typing import Final

from configserver.errors import InvalidRequest

MAX_PATHS: Final = 50_000
MAX_FILE_NAME: Final = 255
"""Characters of a file name: more than file systems take, and each hyphen makes a name."""
MAX_NAMES: Final = 100_000


def guess_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names for all paths, each once, by first appearance.

    `foo-local-dev.yml` is for `foo-local-dev`, `foo-local` and `foo`; `application.yml` is for
    everybody, `*`.

    Raises:
        InvalidRequest: paths that no commit has, in length or number.
    """
    names: dict[str, None] = {}
    for number, path in enumerate(paths):
        if number >= MAX_PATHS or len(names) > MAX_NAMES:
            raise InvalidRequest("there are too many paths in the payload")
        names.update(dict.fromkeys(_guessed(path)))
    return tuple(names)


def _guessed(path: str) -> list[str]:
    file = path.replace("\\", "/").rpartition("/")[2]
    if len(file) > MAX_FILE_NAME:
        raise InvalidRequest(f"a file name in the payload is longer than {MAX_FILE_NAME}")
    stem, dot, _ = file.rpartition(".")
    name = stem if dot else file
    found = [name]
    while "-" in name:
        name = name.rpartition("-")[0]
        found.append(name)
    return ["*" if name == "application" else name for name in found]
