"""Names and values of `.env` files, which a server serves as they are."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from configserver.secrets.texts import unquoted

_PAIR: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*(?P<value>[^\r\n]*)",
    re.MULTILINE,
)


class Pair(NamedTuple):
    """A variable; `line` and `column` are those of its value, 1-based."""

    key: str
    value: str
    line: int
    column: int


def is_dotenv(path: str) -> bool:
    """Say whether a file is one by its name."""
    return path.rpartition("/")[2].lower().endswith(".env")


def pairs(text: str) -> Iterator[Pair]:
    """Yield the variables of a file, without the quotes around values."""
    line, seen = 1, 0
    for match in _PAIR.finditer(text):
        start = match.start("value")
        line += text.count("\n", seen, start)
        seen = start
        column = start - text.rfind("\n", 0, start)
        yield Pair(match["key"], unquoted(match["value"]), line, column)
