"""Plain files: which one stands for a path in the profiles of a query."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from configserver.environment.search import Location
from configserver.errors import InvalidRequest, NoSuchFile
from configserver.query import SLASH, Query
from configserver.snapshot import Snapshot

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PRIVATE = ("WEB-INF", "META-INF")


def find_file(
    snapshot: Snapshot,
    locations: Sequence[Location],
    query: Query,
    path: str,
    *,
    reverse: bool = False,
) -> str | None:
    """Return the path of the file to serve, None if there is none.

    As Spring's `GenericResourceRepository`: in each folder first `stem-<profile>.ext` for each
    profile in the order asked for, then the file itself; the weakest folder comes first.

    Args:
        snapshot: where files are.
        locations: folders to search, weakest first.
        query: the profiles.
        path: the file asked for, URL-decoded.
        reverse: begin with the strongest folder.

    Raises:
        NoSuchFile: the path is none that is ever served.
        InvalidRequest: the path has a `%` that begins no escape.
    """
    _refuse(path)
    names = tuple(dict.fromkeys(_variants(path, query.profiles)))
    for location in reversed(locations) if reverse else locations:
        for name in names:
            found = f"{location.path}/{name}" if location.path else name
            if snapshot.blob(found) is not None:
                return found
    return None


def _variants(path: str, profiles: str) -> Iterator[str]:
    """Yield the names of a file for the profiles, then its own."""
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = extension, ""
    plain = "/".join(segment for segment in path.split("/") if segment not in ("", "."))
    for profile in profiles.split(","):
        if not profile.strip() or profile.lower() == "default":
            yield plain
        elif name:
            variant = f"{folder}{slash}{stem}-{profile}{dot}{extension}"
            yield "/".join(segment for segment in variant.split("/") if segment != ".")
    yield plain


def _refuse(path: str) -> None:
    """Refuse what is nobody's business, plain or encoded once more."""
    for form in (path, unquote(path), unquote(unquote(path))):
        plain = form.replace("\\", "/")
        if (
            form.startswith((SLASH, "/", "\\"))
            or plain != form
            or ".." in form
            or "#" in form
            or ":/" in form
            or "//" in form
            or ".git" in form.split("/")
            or any(name in form for name in _PRIVATE)
            or any(unicodedata.category(char) == "Cc" for char in form)
        ):
            raise NoSuchFile("there is no such file", path=path)
    if _BAD_ESCAPE.search(path):
        raise InvalidRequest("the path contains '%'")
