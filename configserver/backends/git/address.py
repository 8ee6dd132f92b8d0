"""Where a repository is, and how to show that without its secrets."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_SCP = re.compile(r"[^/:]+:(?!//)")
_HTTP = frozenset({"http", "https"})
MASK = "******"


@dataclass(frozen=True, slots=True)
class Address:
    """A repository's URI, taken apart.

    Attributes:
        uri: as configured, hidden from `repr`.
        shown: the same with credentials masked: for names, messages and logs.
        path: the directory of a repository that is opened in place, or None for a remote.
    """

    uri: str
    shown: str
    path: str | None

    @classmethod
    def parse(cls, uri: str) -> "Address":
        """Tell a `file:` URI or a plain path from a remote, `host:path` of ssh included."""
        return cls(uri, mask(uri), _local_path(uri))

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def mask(uri: str) -> str:
    """Replace the password in a URI, and a lone user of http(s), as that is mostly a token."""
    found = _URL.match(uri)
    if not found or "@" not in found[2]:
        return uri
    user, separator, _ = found[2].rpartition("@")[0].partition(":")
    if separator:
        user = f"{user}:{MASK}"
    elif found[1].lower() in _HTTP:
        user = MASK
    host = found[2].rpartition("@")[2]
    return f"{found[1]}://{user}@{host}{uri[found.end() :]}"


def _local_path(uri: str) -> str | None:
    if uri.startswith("file:"):
        rest = uri.removeprefix("file:")
        if rest.startswith("//"):
            rest = "/" + rest[2:].partition("/")[2]
        return unquote(rest)
    return None if _URL.match(uri) or _SCP.match(uri) else uri
