"""JSON files of SOPS: the values with the keys that lead to them, and how they are written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from configserver.errors import InvalidFile
from configserver.formats.limits import Limits
from configserver.sops.parts import Leaf, Parts, damaged
from configserver.sops.recognise import SOPS
from configserver.sops.values import Kind, Plain, bool_code, float_code

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?P<word>[\[\]{},:]|"(?:[^"\\]|\\.)*+"|[^\[\]{},:" \t\r\n]+)', re.DOTALL
)
_CODES: Final[Mapping[str, bytes | None]] = {
    "null": None,
    "true": bool_code(value=True),
    "false": bool_code(value=False),
}


def read_json(data: bytes, limits: Limits) -> Parts:
    """Return a file taken apart.

    Raises:
        InvalidFile: it is no JSON in UTF-8, or nested too deeply.
    """
    try:
        text = data.decode("utf-8-sig")
        root = json.loads(text, parse_int=str, parse_float=str)
    except UnicodeDecodeError:
        raise damaged("it is not in UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidFile(
            f"invalid JSON: {error.msg}", line=error.lineno, column=error.colno
        ) from None
    except RecursionError:
        raise damaged("it is nested too deeply") from None
    metadata = root.get(SOPS) if isinstance(root, dict) else None
    if not isinstance(metadata, dict):
        raise damaged("'sops' is no map at its top")
    walk = _Walk(text, limits)
    leaves = tuple(walk.leaves())
    if len(walk.cuts) != 1:
        raise damaged("'sops' stands there twice")
    return Parts(text, "utf-8", leaves, _texts(metadata), walk.cuts, write_json, keeps_lines=False)


def write_json(value: Plain) -> str:
    """Return a value as JSON.

    Raises:
        ValueError: bytes that are no text, or a number that JSON has no word for.
    """
    text = value.data.decode()
    match value.kind:
        case Kind.INT:
            return text
        case Kind.BOOL:
            return text.lower()
        case Kind.FLOAT:
            number = float(text)
            return json.dumps(number, allow_nan=False)
        case _:
            return json.dumps(text, ensure_ascii=False)


def _texts(node: Any) -> Any:
    """Return metadata with its switches as texts, as those of all other layouts are."""
    match node:
        case bool():
            return str(node).lower()
        case dict():
            return {key: _texts(value) for key, value in node.items()}
        case list():
            return [_texts(value) for value in node]
        case _:
            return node


@dataclass(slots=True)
class _Open:
    """An open collection: its path; the name that was read, or None before one; its last comma."""

    path: tuple[str, ...]
    is_map: bool
    name: str | None = None
    comma: int | None = None


class _Walk:
    """Goes through a text that is known to be JSON."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.cuts: list[tuple[int, int]] = []
        self._text = text
        self._limits = limits
        self._stack: list[_Open] = []
        self._line = 1
        self._seen = 0
        self._cut: int | None = None
        """Where the metadata begins that is being read."""
        self._after: int | None = None
        """Where the metadata ended that a comma may follow, which has to go too."""

    def leaves(self) -> Iterator[Leaf]:
        nodes = 0
        for match in _TOKEN.finditer(self._text):
            word, start, end = match["word"], match.start("word"), match.end()
            nodes += word not in {",", ":"}
            if nodes > self._limits.max_tree_nodes:
                raise InvalidFile(f"more than {self._limits.max_tree_nodes} nodes")
            match word:
                case "{" | "[":
                    self._open(word)
                case "}" | "]":
                    self._stack.pop()
                    self._done(end)
                case ",":
                    self._comma(start, end)
                case ":":
                    pass
                case _ if self._stack and self._stack[-1].is_map and self._stack[-1].name is None:
                    self._name(word, start)
                case _:
                    if self._cut is None:
                        yield self._leaf(word, start, end)
                    self._done(end)

    def _open(self, word: str) -> None:
        if len(self._stack) > self._limits.max_nesting:
            raise damaged("it is nested too deeply")
        self._stack.append(_Open(self._path(), word == "{"))

    def _comma(self, start: int, end: int) -> None:
        place = self._stack[-1]
        if self._after is not None:
            self.cuts[-1] = (self.cuts[-1][0], end)
            self._after = None
        else:
            place.comma = start

    def _name(self, word: str, start: int) -> None:
        name = self._stack[-1].name = json.loads(word)
        if name == SOPS and len(self._stack) == 1:
            comma = self._stack[-1].comma
            self._cut = start if comma is None else comma

    def _leaf(self, word: str, start: int, end: int) -> Leaf:
        self._line += self._text.count("\n", self._seen, start)
        self._seen = start
        text: str | None = json.loads(word) if word[0] == '"' else None
        code = _code(word) if text is None else text.encode("utf-8", "surrogatepass")
        return Leaf(self._path(), text, code, start, end, self._line)

    def _path(self) -> tuple[str, ...]:
        if not self._stack:
            return ()
        place = self._stack[-1]
        return place.path if place.name is None else (*place.path, place.name)

    def _done(self, end: int) -> None:
        """End a value."""
        if not self._stack:
            return
        place = self._stack[-1]
        place.name = None
        if len(self._stack) == 1 and self._cut is not None:
            self.cuts.append((self._cut, end))
            self._after = end if place.comma is None else None
            self._cut = None


def _code(word: str) -> bytes | None:
    """Return the bytes that a number, a switch or null adds to the code."""
    if word in _CODES:
        return _CODES[word]
    if word.lstrip("-").isdecimal() and len(word) < 20 and -(2**63) <= int(word) < 2**63:
        return str(int(word)).encode()
    return float_code(float(word))
