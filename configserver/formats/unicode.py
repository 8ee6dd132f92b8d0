"""Bytes of a YAML file to text, as SnakeYAML's `UnicodeReader` and `StreamReader` do."""

import codecs
import re

from configserver.errors import InvalidFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PRINTABLE_ASCII = b"\t\n\r" + bytes(range(0x20, 0x7F))
BREAKS = frozenset("\r\n\x85\u2028\u2029")
"""What ends a line, as `"\r\n"` does."""


def decode_yaml(data: bytes) -> str:
    """Return the text without a byte order mark, which also chooses UTF-16 over UTF-8.

    Raises:
        InvalidFile: bytes that do not decode, or characters that YAML does not allow.
    """
    encoding = "utf-8"
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        raise error_before(f"invalid {encoding.upper()}", before) from None
    text = text.removeprefix("\ufeff")
    if text.isascii() and not text.encode().translate(None, _PRINTABLE_ASCII):
        return text
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        code = ord(unprintable[0])
        raise error_before(
            f"the character U+{code:04X} is not allowed", text[: unprintable.start()]
        )
    return text


def error_before(reason: str, before: str) -> InvalidFile:
    """Return an error at the place behind the text `before`."""
    breaks = sum(map(before.count, BREAKS)) - before.count("\r\n")
    return InvalidFile(reason, line=breaks + 1, column=last_line(before) + 1)


def last_line(text: str) -> int:
    """Return the length of what stands behind the last line break."""
    return len(text) - 1 - max(map(text.rfind, BREAKS))
