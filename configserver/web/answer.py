"""An answer as plain data: what the handlers make, what the cache keeps."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import MappingProxyType
from urllib.parse import unquote

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_SAFE = (
    "txt|text|yml|yaml|properties|csv|json|xml|atom|rss|xhtml|xht|rdf|wsdl|mathml"
    "|png|jpg|jpe|jpeg|gif|bmp|wbmp|webp|ico|tif|tiff|avif|psd|svg|svgz"
    "|mp3|mp4|mpeg|mpg|ogg|oga|ogv|wav|webm|mov|avi|flac|aac"
)
_UNSAFE_EXTENSION = re.compile(rf"\.(?!(?:{_SAFE})?$)[^.]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, type, body and further headers.

    Attributes:
        content_type: the header as it goes out, or an empty text for none.
        modified: seconds since 1970 for `Last-Modified` and its conditions, or None.
    """

    status: int
    content_type: str
    body: bytes
    modified: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)


def entity_tag(answer: Answer) -> str:
    """Return a strong validator (RFC 9110, 8.8.3) of type and body."""
    digest = hashlib.blake2b(answer.body, digest_size=16, person=b"configserver")
    digest.update(answer.content_type.encode())
    return f'"{digest.hexdigest()}"'


def all_headers(answer: Answer, path: str) -> dict[str, str]:
    """Return every header of an answer to a request for a path (as sent)."""
    headers = {"Server": "configserver", **answer.headers}
    if answer.content_type:
        headers["Content-Type"] = answer.content_type
    if answer.modified is not None:
        headers["Last-Modified"] = formatdate(answer.modified, usegmt=True)
    if answer.body and not _is_safe(path):
        headers["Content-Disposition"] = "inline;filename=f.txt"
    return headers


def _is_safe(path: str) -> bool:
    """Say whether a browser may take the path's ending for the file's (reflected downloads).

    As Spring's `addContentDispositionHeader`, which looks at path parameters as well.
    """
    name, _, parameters = unquote(path.rpartition("/")[2]).partition(";")
    return not (_UNSAFE_EXTENSION.search(name) or _UNSAFE_EXTENSION.search(parameters))
