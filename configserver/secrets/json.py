"""Where the values of a JSON file stand, which a server serves as a text with ciphers."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from configserver.errors import InvalidFile
from configserver.formats import Limits
from configserver.secrets.sites import Site, Source

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?P<word>[\[\]{},:]|"(?:[^"\\]|\\.)*+"|[^\[\]{},:" \t\r\n]+)', re.DOTALL
)
_BREAK: Final = re.compile("\r\n|\r|\n")


def read_json(data: bytes, limits: Limits) -> Source:
    """Return a file taken apart.

    Raises:
        InvalidFile: it is no JSON in UTF-8, or nested too deeply.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        text = data.removeprefix(mark).decode()
        json.loads(text)
    except UnicodeDecodeError:
        raise InvalidFile("invalid UTF-8") from None
    except json.JSONDecodeError as error:
        reason = f"invalid JSON: {error.msg}"
        raise InvalidFile(reason, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise InvalidFile("nested too deeply") from None
    return Source(text, mark, "utf-8", tuple(_sites(text, limits)), None)


def _sites(text: str, limits: Limits) -> Iterator[Site]:
    """Yield the values of a text that is known to be JSON."""
    path: list[str | int] = []
    """For each open collection the name or number of what is in it."""
    at_name = False
    line, line_start, seen = 1, 0, 0
    for match in _TOKEN.finditer(text):
        word, start = match["word"], match.start("word")
        for found in _BREAK.finditer(text, seen, start):
            line, line_start = line + 1, found.end()
        seen = start
        match word:
            case "{" | "[":
                if len(path) > limits.max_nesting:
                    raise InvalidFile("nested too deeply", line=line)
                path.append("" if word == "{" else 0)
                at_name = word == "{"
            case "}" | "]":
                path.pop()
                at_name = False
            case ":":
                at_name = False
            case ",":
                last = path[-1]
                at_name = isinstance(last, str)
                path[-1] = last if isinstance(last, str) else last + 1
            case _ if at_name:
                path[-1] = json.loads(word)
            case _:
                value: Any = json.loads(word)
                keys = ((0, _flat(path)),)
                value = "" if value is None else value
                end = match.end()
                yield Site(keys, value, start, end, line, start - line_start + 1, quote='"')


def _flat(path: list[str | int]) -> str:
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{part}" if key and not part.startswith("[") else part
    return key
