"""Where the ciphers are in plain files: YAML, JSON and properties are read to find them."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from configserver.errors import InvalidFile
from configserver.formats import parse
from configserver.model import Value

CIPHER: Final = "{cipher}"


def cipher_texts(path: str, text: str) -> tuple[str, ...]:
    """Return the values of a plain file that are ciphers, each once, `{cipher}` included.

    As the original does, a value is cut of the blanks around it, but in properties, and keys do
    not count. A file of another kind has none.

    Raises:
        InvalidFile: the file does not parse.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    values = _READERS.get(suffix)
    if values is None or not text.strip():
        return ()
    found = (value for value in values(text) if value.startswith(CIPHER))
    return tuple(dict.fromkeys(found))


def replaced(text: str, plain: Mapping[str, str]) -> str:
    """Return a text with each cipher replaced wherever it stands, without quoting anything anew."""
    for cipher, value in plain.items():
        text = text.replace(cipher, value)
    return text


def _yaml(text: str) -> Iterator[str]:
    documents = parse("a.yml", text.encode("utf-8", "replace"))
    return (
        value.strip()
        for document in documents
        for value in _texts(document.properties)
        if value.startswith(CIPHER)
    )


def _properties(text: str) -> Iterator[str]:
    """Yield the last value of each key: here, lines such as `#---` are nothing but comments."""
    merged: dict[str, Value] = {}
    for document in parse("a.properties", text.encode("latin-1", "replace")):
        merged |= document.properties
    return _texts(merged)


def _json(text: str) -> Iterator[str]:
    try:
        root = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise InvalidFile("the file is no JSON", line=line) from None
    except RecursionError:
        raise InvalidFile("the file is nested too deeply") from None
    return (value.strip() for value in _leaves(root) if value.startswith(CIPHER))


def _leaves(root: Any) -> Iterator[str]:
    """Yield the texts of a tree, in no particular order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _texts(properties: Mapping[str, Value]) -> Iterator[str]:
    return (value for value in properties.values() if isinstance(value, str))


_READERS: Final[Mapping[str, Callable[[str], Iterator[str]]]] = MappingProxyType(
    {"yml": _yaml, "yaml": _yaml, "json": _json, "properties": _properties}
)
