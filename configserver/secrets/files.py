"""Files by the suffix of their path: taken apart, and looked at for ciphers in passing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from configserver.errors import InvalidFile
from configserver.formats import DEFAULT, SUFFIXES, Limits
from configserver.secrets.json import read_json
from configserver.secrets.properties import read_properties
from configserver.secrets.sites import CIPHER, Source
from configserver.secrets.xml import is_properties, read_xml
from configserver.secrets.yaml import read_yaml

READERS: Final[Mapping[str, Callable[[bytes, Limits], Source]]] = MappingProxyType(
    {
        ".yml": read_yaml,
        ".yaml": read_yaml,
        ".properties": read_properties,
        ".json": read_json,
        ".xml": read_xml,
    }
)
"""The files in which a server decrypts values, by suffix."""


def is_known(path: str) -> bool:
    """Say whether a server looks for ciphers in files of this name."""
    return _suffix(path) in READERS


def is_configuration(path: str, data: bytes) -> bool:
    """Say whether a server looks for ciphers in a file: of XML, in properties only."""
    return is_known(path) and (_suffix(path) != ".xml" or is_properties(data))


def is_flattened(path: str) -> bool:
    """Say whether a server serves the values of such files, rather than the text only."""
    return is_known(path) and _suffix(path) in SUFFIXES


def read(path: str, data: bytes, limits: Limits = DEFAULT) -> Source:
    """Return a file taken apart.

    Args:
        path: chooses the format by its suffix; errors do not name it.
        data: the content of the file.
        limits: bounds beyond which the file is refused.

    Raises:
        InvalidFile: no such format, or the file does not parse.
    """
    reader = READERS.get(_suffix(path))
    if reader is None:
        raise InvalidFile("no known format", hint=f"use one of {', '.join(READERS)}")
    if len(data) > limits.max_bytes:
        raise InvalidFile(f"the file is larger than {limits.max_bytes} bytes")
    return reader(data, limits)


def may_hold_ciphers(data: bytes) -> bool:
    """Say whether a closer look is worth it: False only if no value can begin with `{cipher}`.

    An escape or a reference may spell the word, and in UTF-16 each letter has a zero beside it.
    """
    return any(sign in data for sign in (CIPHER.encode(), b"\\", b"\0", b"&#"))


def holds_word(data: bytes) -> bool:
    """Say whether `{cipher}` stands anywhere in a file, be it one that does not parse."""
    return CIPHER.encode() in data.replace(b"\0", b"")


def _suffix(path: str) -> str:
    dot = path.rfind(".")
    return path[dot:].lower() if dot >= 0 else ""
