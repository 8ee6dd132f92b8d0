"""Configuration files: bytes to flat documents, one module per format."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from configserver.errors import InvalidFile
from configserver.formats.limits import DEFAULT, Limits
from configserver.formats.properties import parse_properties
from configserver.formats.xml import parse_xml
from configserver.formats.yaml import parse_yaml
from configserver.model import Document

__all__ = ["DEFAULT", "FORMATS", "SUFFIXES", "Format", "Limits", "format_of", "parse"]

Parser: TypeAlias = Callable[[bytes, Limits], tuple[Document, ...]]


class Format(NamedTuple):
    """A format: its name, the suffix of its files and its parser."""

    name: str
    suffix: str
    parse: Parser


FORMATS = (
    Format("properties", ".properties", parse_properties),
    Format("xml", ".xml", parse_xml),
    Format("yaml", ".yml", parse_yaml),
    Format("yaml", ".yaml", parse_yaml),
)
"""The strongest first: of two files with one stem, the earlier format outranks the later."""

SUFFIXES = tuple(entry.suffix for entry in FORMATS)
"""The suffixes of files that are configuration, strongest first."""


def format_of(path: str) -> Format:
    """Return the format of a path, whatever the case of its suffix.

    Raises:
        InvalidFile: no format has this suffix.
    """
    lower = path.lower()
    for entry in FORMATS:
        if lower.endswith(entry.suffix):
            return entry
    raise InvalidFile("no known configuration format", hint=f"use one of {', '.join(SUFFIXES)}")


def parse(path: str, data: bytes, limits: Limits = DEFAULT) -> tuple[Document, ...]:
    """Return the non-empty documents of a file, flattened, in file order.

    Args:
        path: chooses the format by its suffix; errors do not name it.
        data: the content of the file.
        limits: bounds beyond which the file is refused.

    Raises:
        InvalidFile: the file does not parse or is refused, with line and column where known.
    """
    if len(data) > limits.max_bytes:
        raise InvalidFile(f"the file is larger than {limits.max_bytes} bytes")
    return format_of(path).parse(data, limits)
