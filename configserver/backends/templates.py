"""URIs with placeholders, and what may be put into them; pure."""

import re
from dataclasses import dataclass
from typing import Final, Self

from configserver.errors import NoSuchRepository
from configserver.query import Query

PLACEHOLDERS: Final = ("application", "profile", "label")

MAX_SEGMENT: Final = 200
"""Characters between two slashes of a value."""

MAX_VALUE: Final = 500
"""Characters of a value."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SEGMENT = re.compile(r"[A-Za-z0-9._+@][A-Za-z0-9._+@~-]*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_SCP = re.compile(r"(?:[^/:@]*@)?(?:\[[^\]/]+\]|[^/:]+):(?!//)")


def is_template(uri: str) -> bool:
    """Say whether a URI has placeholders."""
    return "{" in uri


@dataclass(frozen=True, slots=True)
class Template:
    """A URI whose path holds `{application}`, `{profile}` or `{label}`.

    Attributes:
        uri: as configured.
        default_label: what `{label}` stands for if no label is asked for.
    """

    uri: str
    default_label: str

    @classmethod
    def parse(cls, uri: str, default_label: str = "main") -> Self:
        """Make a template of a URI.

        Raises:
            ValueError: a placeholder that is none of the three, or one outside of the path.
        """
        for found in _PLACEHOLDER.finditer(uri):
            if found[1] not in PLACEHOLDERS:
                raise ValueError(f"{found[0]} is no placeholder of a URI")
        first, last = uri.find("{"), uri.rfind("{")
        if first < max(1, len(_head(uri))):
            raise ValueError("a placeholder stands in the host, the port or the scheme")
        if _URL.match(uri) and re.search(r"[?#]", uri[:last]):
            raise ValueError("a placeholder stands in the query or the fragment")
        return cls(uri, default_label)

    def resolve(self, query: Query, profiles: str) -> str:
        """Return the URI for a query, without a slash at its end.

        Args:
            query: its name, with `/` for `(_)`, becomes one or more segments of the path.
            profiles: what `{profile}` stands for: one of them, or all with commas.

        Raises:
            NoSuchRepository: no repository has such a name; nothing was asked of any host.
        """
        label = self.default_label if query.label is None else query.label
        values = {"application": query.name, "profile": profiles, "label": label}

        def value(found: re.Match[str]) -> str:
            name = found[1]
            return _safe(values[name], what=name, commas=name != "application")

        uri = _PLACEHOLDER.sub(value, self.uri).rstrip("/")
        if _head(uri) != _head(self.uri):
            raise _nothing("the host or the port would change")
        return uri


def _head(uri: str) -> str:
    """Return all before the path: scheme and authority, or the host of `host:path`."""
    found = _URL.match(uri) or _SCP.match(uri)
    return found[0] if found else ""


def _safe(value: str, *, what: str, commas: bool) -> str:
    """Return a value if it can be part of a repository's path and nothing else.

    Raises:
        NoSuchRepository: it could not.
    """
    if len(value) > MAX_VALUE:
        raise _nothing(f"the {what} is too long")
    for segment in value.split("/"):
        for name in segment.split(",") if commas else (segment,):
            if not _SEGMENT.fullmatch(name) or len(segment) > MAX_SEGMENT or _is_special(name):
                raise _nothing(f"the {what} cannot be part of its path")
    return value


def _is_special(name: str) -> bool:
    """Say whether Git or the file system gives a name a meaning of its own."""
    lower = name.lower()
    return lower in {".", "..", ".git"} or lower.endswith(".lock")


def _nothing(why: str) -> NoSuchRepository:
    return NoSuchRepository(
        f"there can be no such repository: {why}",
        hint="use letters, digits and . _ + @ - in the parts of names that lead to repositories",
    )
