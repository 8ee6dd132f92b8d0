"""What the readers of all layouts take a file apart into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from configserver.errors import InvalidFile
from configserver.sops.values import Plain

_LONGEST: Final = 100
"""Characters of a name in a message."""

Tree: TypeAlias = "str | Sequence[Tree] | Mapping[str, Tree] | None"
"""Metadata: texts in maps and lists."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, or a comment of a file of lines.

    Attributes:
        path: the keys that lead to it; lists add nothing. For a comment, perhaps more than those.
        text: what it says, None for what is no text, such as a number.
        code: the bytes of it that the code over all values is made of, None if it adds nothing.
        start: offset of its first character, quotes included.
        end: offset behind its last character.
        line: 1-based line of `start`.
        breaks: line ends within it.
        item: offset of the dash before a comment that SOPS made a list item, or None.
        comment: whether it is a comment.
    """

    path: tuple[str, ...]
    text: str | None
    code: bytes | None
    start: int
    end: int
    line: int
    breaks: int = 0
    item: int | None = None
    comment: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """A file taken apart.

    Attributes:
        text: its characters.
        encoding: how `text` becomes bytes.
        leaves: all values in their order.
        metadata: what stands under `sops`, in maps and lists.
        cuts: where in `text` metadata stands: start and end.
        write: returns how an opened value has to be written; raises ValueError if it cannot be.
        keeps_lines: whether anybody asks in which line a value stands.
    """

    text: str
    encoding: str
    leaves: Sequence[Leaf]
    metadata: Mapping[str, Tree]
    cuts: Sequence[tuple[int, int]]
    write: Callable[[Plain], str]
    keeps_lines: bool = True


def shown(name: str) -> str:
    """Return a name out of a file as a message may hold it."""
    return "".join(char if char.isprintable() else "?" for char in name[:_LONGEST])


def damaged(what: str, *, line: int | None = None) -> InvalidFile:
    """Return the error of a file that SOPS itself would refuse."""
    return InvalidFile(
        f"the file cannot be opened as one of SOPS: {what}",
        hint="restore the file from an earlier commit, or encrypt it anew with sops",
        line=line,
    )
