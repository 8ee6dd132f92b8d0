"""Names taken apart, and followed through all that are known.

As Spring, names are relaxed: `default-label`, `defaultLabel`, `default_label` and `DEFAULTLABEL`
are one; the keys of a map keep their case and dashes.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from configserver.settings.schema import BY_NAME, INDEX, KEY, Known

_SEPARATORS: Final = re.compile("[-_]")
_ELEMENTS: Final = re.compile(r"\[([^\]]*)\]|([^.\[]+)")
_UNEXPECTED: Final = re.compile("[^A-Za-z0-9_-]")
_NUMBER: Final = re.compile("[0-9]{1,9}")

Keys = tuple[str | int, ...]
"""What stands for each `<name>` and `[n]` of a documented name."""


class Element(NamedTuple):
    """A part of a name: the text in brackets or without, and whether it was in brackets."""

    text: str
    bracketed: bool


@dataclass(slots=True)
class Node:
    """What may follow the beginning of a name: certain words, any key, or any bracketed number."""

    known: Known | None = None
    words: dict[str, "Node"] = field(default_factory=dict)
    any_key: "Node | None" = None
    any_number: "Node | None" = None


class Followed(NamedTuple):
    """How far a name is known.

    Attributes:
        node: the last node.
        keys: the keys and numbers on the way.
        documented: the way as a documented name writes it.
        rest: what follows it.
    """

    node: Node
    keys: Keys
    documented: str
    rest: list[Element]


def relaxed(name: str) -> str:
    """Return the form in which all spellings of a name are equal."""
    return _SEPARATORS.sub("", name).lower()


def elements(name: str) -> list[Element]:
    """Return the parts of a name between dots and in brackets."""
    return [
        Element(plain or bracketed or "", plain is None)
        for bracketed, plain in (found.groups() for found in _ELEMENTS.finditer(name))
    ]


def follow(parts: list[Element]) -> Followed:
    """Follow a name as far as it is known."""
    node, part = _ROOT, ""
    keys: list[str | int] = []
    documented: list[str] = []
    for at, (text, bracketed) in enumerate(parts):
        if word := node.words.get(relaxed(text)):
            node, part = word, f".{text}"
        elif node.any_key and (key := text if bracketed else plain_key(text)):
            node, part = node.any_key, f".{KEY}"
            keys.append(key)
        elif node.any_number and bracketed and is_number(text):
            node, part = node.any_number, INDEX
            keys.append(int(text))
        else:
            return Followed(node, tuple(keys), "".join(documented)[1:], parts[at:])
        documented.append(part)
    return Followed(node, tuple(keys), "".join(documented)[1:], [])


def plain_key(text: str) -> str:
    """Return what a key without brackets keeps of its characters, as Spring's binder does."""
    return _UNEXPECTED.sub("", text)


def is_number(text: str) -> bool:
    """Say whether brackets with this text are those of a list."""
    return _NUMBER.fullmatch(text) is not None


def _child(node: Node, word: str) -> Node:
    if word == KEY:
        node.any_key = node.any_key or Node()
        return node.any_key
    if word == INDEX:
        node.any_number = node.any_number or Node()
        return node.any_number
    return node.words.setdefault(_relaxed_word(word), Node())


@cache
def _relaxed_word(word: str) -> str:
    """Return a word of a documented name, of which there are few, in relaxed form."""
    return relaxed(word)


def _tree() -> Node:
    root = Node()
    for name, known in BY_NAME.items():
        node = root
        for word in name.replace(INDEX, f".{INDEX}").split("."):
            above, node = node, _child(node, word)
            if name.endswith(f".repos.{KEY}.uri") and word == "uri":
                above.known = known  # the short form: `repos.<name>: <uri>`
        node.known = known
    return root


_ROOT: Final = _tree()
