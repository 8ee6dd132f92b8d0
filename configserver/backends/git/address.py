"""Where a repository is, and how to show that without its secrets."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from configserver.secret import mask_uris

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_SCP = re.compile(r"[^/:]+:(?!//)")


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
        return cls(uri, mask_uris(uri), _local_path(uri))

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def _local_path(uri: str) -> str | None:
    if uri.startswith("file:"):
        rest = uri.removeprefix("file:")
        if rest.startswith("//"):
            rest = "/" + rest[2:].partition("/")[2]
        return unquote(rest)
    return None if _URL.match(uri) or _SCP.match(uri) else uri
