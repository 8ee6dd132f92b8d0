"""Whether a file is one of SOPS, and how SOPS laid it out."""

import re
from enum import Enum, auto
from typing import Final

ENCRYPTED: Final = "ENC[AES256_GCM,"
"""What an encrypted value begins with."""

SOPS: Final = "sops"
"""The key of the metadata."""

_NEEDED: Final = (ENCRYPTED.encode(), b"sops", b"lastmodified", b"mac")
_YAML: Final = re.compile(rb"^(?:sops|\"sops\"|'sops')[ \t]*:", re.MULTILINE)
_JSON: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
_MEMBER: Final = re.compile(rb'"sops"[ \t\r\n]*:')
_DOTENV: Final = re.compile(rb"^sops_mac=", re.MULTILINE)
_INI: Final = re.compile(rb"^\[sops\]", re.MULTILINE)


class Store(Enum):
    """A layout, by the name that SOPS gives it."""

    YAML = auto()
    JSON = auto()
    DOTENV = auto()
    INI = auto()
    BINARY = auto()


def store_of(path: str, data: bytes) -> Store | None:
    """Return the layout of a SOPS file, None for any other file; does not parse it.

    As with SOPS, the suffix chooses between YAML, JSON and a file of any kind wrapped in JSON.
    Files of lines are known by their content, whatever they are called.
    """
    if not all(word in data for word in _NEEDED):
        return None
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in {"yml", "yaml"}:
        flow = _JSON.match(data) and _MEMBER.search(data)
        return Store.YAML if flow or _YAML.search(data) else None
    if _JSON.match(data):
        if not _MEMBER.search(data):
            return None
        return Store.JSON if suffix == "json" else Store.BINARY
    if _DOTENV.search(data):
        return Store.DOTENV
    return Store.INI if _INI.search(data) else None
