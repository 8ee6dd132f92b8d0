"""Text of plain files to and from bytes, with Java's charset names and replacements."""

import codecs
import re

_LEGAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-+.:_]*")
_NAMES = frozenset(
    {"utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le", "ascii"}
    | {f"iso8859-{part}" for part in range(1, 17)}
    | {f"cp{page}" for page in (437, 850, 852, 858, 866, *range(1250, 1259))}
    | {"big5", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "koi8-r", "koi8-u", "shift_jis"}
)
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
_UTF_16_MARKS = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)


def is_legal(name: str) -> bool:
    """Say whether a charset may be called so (`Charset.checkName`)."""
    return _LEGAL.fullmatch(name) is not None


def is_known(name: str) -> bool:
    """Say whether there is such a charset."""
    return _codec(name) is not None


def decode(content: bytes, charset: str) -> str:
    """Decode as Java does: U+FFFD for what is malformed, UTF-8 for an unknown charset."""
    codec = _codec(charset) or "utf-8"
    if codec == "utf-8":
        return _SURROGATE.sub(b"\xef\xbf\xbd", content).decode("utf-8", "replace")
    if codec == "utf-16" and not content.startswith(_UTF_16_MARKS):
        codec = "utf-16-be"
    return content.decode(codec, "replace")


def encode(text: str, charset: str) -> bytes:
    """Encode as Java does: `?` for what does not fit; UTF-16 big-endian with a mark."""
    codec = _codec(charset) or "utf-8"
    if codec == "utf-16":
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be", "replace")
    return text.encode(codec, "replace")


def _codec(name: str) -> str | None:
    if not is_legal(name):
        return None
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return None
    return codec if codec in _NAMES else None
