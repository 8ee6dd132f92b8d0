"""Files of lines as SOPS reads them: dotenv, which properties are encrypted as, and INI.

Their characters are those of ISO-8859-1, one for each byte, so that any encoding stays as it is.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from configserver.errors import InvalidFile
from configserver.formats.limits import Limits
from configserver.sops.parts import Leaf, Parts, Tree, damaged
from configserver.sops.recognise import SOPS
from configserver.sops.values import Kind, Plain

_ENCODING: Final = "latin-1"
_PREFIX: Final = f"{SOPS}_"
_LINE: Final = re.compile(r"([^\n]*)(?:\n|\Z)")
_STEP: Final = re.compile(r"__(map|list)_")
_MOST_STEPS: Final = 10
_SECTION: Final = re.compile(r"\[([^\]]*)\]\s*")
_PAIR: Final = re.compile(r"([^=:]*?)[ \t]*[=:][ \t]*(.*?)[ \t\r]*")
_REMARK: Final = re.compile(r"[;#][ \t]*")


def read_dotenv(data: bytes, limits: Limits) -> Parts:
    """Return a file taken apart.

    Raises:
        InvalidFile: a line without `=`, or too many lines.
    """
    text = data.decode(_ENCODING)
    leaves, cuts, flat = [], [], {}
    for number, line in _lines(text, limits):
        said, start = line[1], line.start()
        if said.startswith("#"):
            leaves.append(Leaf((), said[1:], None, start + 1, line.end(1), number, comment=True))
        elif said:
            key, equals, value = said.partition("=")
            if not equals:
                raise damaged("a line has no '='", line=number)
            value = value.replace("\\n", "\n")
            if key.startswith(_PREFIX):
                flat[key.removeprefix(_PREFIX)] = value
                cuts.append(line.span())
            else:
                at = start + len(key) + 1
                leaves.append(Leaf((key,), value, value.encode(_ENCODING), at, line.end(1), number))
    return Parts(text, _ENCODING, leaves, unflattened(flat), cuts, write_line)


def read_ini(data: bytes, limits: Limits) -> Parts:
    """Return a file taken apart.

    Raises:
        InvalidFile: a line that is neither a section nor a pair, or too many lines.
    """
    text = data.decode(_ENCODING)
    leaves, cuts, flat = [], [], {}
    section = "DEFAULT"
    for number, line in _lines(text, limits):
        said = line[1].strip(" \t\r")
        if found := _SECTION.fullmatch(said):
            section = found[1].strip()
        if section == SOPS:
            cuts.append(line.span())
        if found or not said:
            continue
        if remark := _REMARK.match(said):
            at = line.start() + line[1].index(said) + remark.end()
            leaf = Leaf(
                (section,),
                said[remark.end() :],
                None,
                at,
                at + len(said) - remark.end(),
                number,
                comment=True,
            )
            leaves.append(leaf)
            continue
        pair = _PAIR.fullmatch(line[1])
        if pair is None:
            raise damaged("a line is neither a section nor a value", line=number)
        key, value = pair[1].strip(), pair[2]
        if section == SOPS:
            flat[key] = value.replace("\\n", "\n")
            continue
        at = line.start() + pair.start(2)
        plain = _unquoted(value)
        leaves.append(
            Leaf((section, key), plain, plain.encode(_ENCODING), at, at + len(value), number)
        )
    return Parts(text, _ENCODING, leaves, unflattened(flat), cuts, write_ini)


def write_line(value: Plain) -> str:
    """Return a value as SOPS writes it: a text as it was, but a line feed as a backslash and n."""
    text = value.data.decode(_ENCODING)
    match value.kind:
        case Kind.BOOL:
            return text.lower()
        case Kind.FLOAT:
            return _float(text)
        case _:
            return text.replace("\n", "\\n")


def write_ini(value: Plain) -> str:
    """Return a value as an INI file holds it.

    Raises:
        ValueError: it would take several lines.
    """
    text = value.data.decode(_ENCODING) if value.kind is Kind.STR else write_line(value)
    if "\n" in text:
        raise ValueError("has several lines, which an INI file cannot be served with")
    quoted = any(char in text for char in "#;`") or text != text.strip() or _unquoted(text) != text
    return f"`{text}`" if quoted and value.kind is Kind.STR and "`" not in text else text


def unflattened(flat: dict[str, str]) -> dict[str, Tree]:
    """Return metadata as a tree: `age__list_0__map_enc` becomes `age: [{enc: …}]`.

    Raises:
        InvalidFile: a key is both a value and more, or a list has gaps.
    """
    root: dict[str, Tree] = {}
    for key, value in flat.items():
        first, *rest = _STEP.split(key, maxsplit=_MOST_STEPS)
        names = [first, *(name for name in rest[1::2])]
        place = root
        for name in names[:-1]:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                raise damaged("its metadata contradicts itself")
            place = inner
        if names[-1] in place:
            raise damaged("its metadata contradicts itself")
        place[names[-1]] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(node: Tree) -> Tree:
    """Return a tree in which maps from numbers are lists."""
    if not isinstance(node, dict):
        return node
    inner = {key: _listed(value) for key, value in node.items()}
    if not all(key.isascii() and key.isdecimal() and len(key) < 6 for key in inner):
        return inner
    found = [inner.get(str(number)) for number in range(len(inner))]
    if None in found:
        raise damaged("a list of its metadata has gaps")
    return found


def _lines(text: str, limits: Limits) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(_LINE.finditer(text), 1):
        if number > limits.max_steps:
            raise InvalidFile(f"more than {limits.max_steps} lines")
        yield number, line


def _unquoted(text: str) -> str:
    """Return a value without the quotes around it."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "`\"'":
        return text[1:-1]
    return text


def _float(text: str) -> str:
    """Return a number as Go formats it with `G`, but a whole one with a decimal place."""
    number = float(text)
    exponent = Decimal(repr(number)).adjusted() if number else 0
    if -4 <= exponent < 21:
        return text if "." in text else f"{text}.0"
    return repr(number).upper()
