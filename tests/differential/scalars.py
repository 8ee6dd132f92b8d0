"""Texts that are hard to read, to type or to write, and their spelling in YAML."""

import re

from tests.differential.draw import Draw

WORDS = ("x", "value", "some text", "a-b_c", "http://host:80/p?q=1&r=2", "it's", "a,b", "50%")

NUMBERS = (
    *("0", "7", "010", "0777", "08", "0o17", "0x1F", "0X1F", "-0x10", "0b101", "1_000", "1_", "_1"),
    *("+5", "-5", "-0", "00", "--1", "2147483647", "2147483648", "-2147483649", "4294967296"),
    *("9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "0_"),
    *("1:30", "12:30:45", "0:30", "1:60", "190:20:30", "1:30.5", "1.5", ".5", "1.", "+.5", "-1.5"),
    *("1e3", "1e+3", "1E-3", "1.5e10", "1e400", "1e-400", "1.e3", ".e3", "1e", "0.1", "0.001"),
    *("0.0001", "9999999.0", "10000000.0", "1.23456789e7", "100.0", "1e21", "8.41e21", "4.9e-324"),
    *(
        ".inf",
        "-.inf",
        ".NaN",
        ".INF",
        "+.inf",
        ".",
        "1.5.6",
        "1_000.5",
        "0x",
        "0b2",
        "3.0",
        "1e16",
    ),
)

TYPED = (
    "true",
    "True",
    "yes",
    "No",
    "ON",
    "off",
    "y",
    "n",
    "null",
    "~",
    "Null",
    "tRue",
    "none",
    "=",
)

DATES = (
    *("2001-01-01", "2001-1-1", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5"),
    *("2001-12-15 2:59:43.10", "12:30", "2024-02-30", "20010101", "2001-01", "10:15:30Z"),
)

_MARKS = (": ", ":", " #", "#", "- ", "-", "? ", "!", "&a", "*a", "|", ">", "'", '"', "%", "@", "`")
_BRACES = ("{", "}", "[", "]", ",", "<<", "=", "---", "...", "\\", "$", "~", "/", "&", "<", ";")
_UNICODE = ("é", "ß", "日本", "😀", "\u00a0", "\u2028", "\u2029", "\u0085", "\ufeff", "e\u0301")
_UNICODE_MORE = ("\u200b", "\ufffd", "\U0010ffff", "\u3000", "ж", "\ue000", "🇩🇪", "\u00ad")
_CONTROL = ("\x07", "\x7f", "\x1b", "\x00", "\x9f", "\ufffe", "\x0b", "\x0c", "\x80")
_BREAKS = ("\n", "\n\n", " \n", "\n ", "\t", "\r", "\r\n")

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x00": "\\0", "\\": "\\\\", '"': '\\"'}
_PLAIN = re.compile(r"[A-Za-z0-9/.$+é日ß][A-Za-z0-9/.+_é日ß=()?&%;@~'\"$\\{}<>!* -]*")
_FLOW_UNSAFE = re.compile(r"[,\[\]{}]|[:?] |:$| #")


def text(draw: Draw) -> str:
    """Return text made of the fragments that this repository dwells on."""
    fragments = [*WORDS, "word", " ", "longer-word"]
    if "quoting" in draw.features:
        fragments += [*_MARKS, *_BRACES, " ", "  "]
    if "unicode" in draw.features:
        fragments += [*_UNICODE, *_UNICODE_MORE]
    if "control" in draw.features:
        fragments += _CONTROL
    if "escapes" in draw.features:
        fragments += [*_BREAKS, "\\", "\\\\"]
    if draw.has("folding", 0.5):
        return _long(draw, fragments)
    return "".join(draw.pick(fragments) for _ in range(draw.number(1, 4)))


def placeholder(draw: Draw, depth: int = 0) -> str:
    """Return a placeholder, mostly of the keys `r1` to `r4`, which hold plain values."""
    key = draw.pick(
        ("r1", "r2", "r3", "r4", "app.r1", "items[0]", "missing", "p1", "items", "port")
    )
    if draw.has("nested-placeholders") and depth < 2:
        inner = placeholder(draw, depth + 1)
        key = draw.pick(
            (inner, f"r{inner}", f"missing:{inner}", f"missing:-{inner}-", f"r1:{inner}")
        )
    forms = ("${%s}", "${%s}", "${%s}", "${%s:default}", "${%s:}", "${%s:a:b}", "x ${%s} y")
    odd = (
        "\\${%s}",
        "\\\\${%s}",
        "${ %s }",
        "$${%s}",
        "${%s:{b}}",
        "{%s}",
        "${%s",
        "%s}",
        "$ {%s}",
    )
    spelt = draw.pick(odd) if draw.chance(0.15) else draw.pick(forms)
    return spelt % key + (draw.pick(("", "", "-${r2}", "/${r1}")) if depth == 0 else "")


def spelt(draw: Draw, content: str, *, flow: bool = False) -> str:
    """Spell text as a YAML scalar on one line: plain where that is safe, else quoted."""
    plain = _PLAIN.fullmatch(content) and not content.endswith((" ", ":"))
    if plain and not (_FLOW_UNSAFE.search(content) and (flow or ":" in content or "#" in content)):
        return content if draw.chance(0.8) else single(content)
    breaks = any(ord(char) < 32 or char in "\x7f\x85\u2028\u2029\ufeff" for char in content)
    special = any(0x7F <= ord(char) <= 0x9F or char == "\ufffe" for char in content)
    return double(draw, content) if breaks or special or draw.chance(0.5) else single(content)


def single(content: str) -> str:
    return "'" + content.replace("'", "''") + "'"


def double(draw: Draw, content: str) -> str:
    return '"' + "".join(_escaped(draw, char) for char in content) + '"'


def typed(draw: Draw) -> str:
    """Return a scalar that YAML types, or that only looks so."""
    kinds = [("numbers", NUMBERS), ("dates", DATES), ("words", TYPED)]
    tables = [table for feature, table in kinds if feature in draw.features]
    if tables:
        return draw.pick(draw.pick(tables))
    return draw.pick(("1", "8080", "true", "1.5", "false", "-3"))


def _long(draw: Draw, fragments: list[str]) -> str:
    """Return text that has to be folded: words of many lengths, single and double blanks."""
    words: list[str] = []
    while sum(map(len, words)) < draw.number(60, 260):
        plain = draw.pick(("word", "a", "somewhat-longer-word", "x" * draw.number(1, 30)))
        words.append(draw.pick(fragments) if draw.chance(0.2) else plain)
        words.append(" " if draw.chance(0.9) else draw.pick(("  ", "", "   ")))
    return "".join(words[:-1])


def _escaped(draw: Draw, char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char in "\u0085\u2028\u2029\ufeff" and draw.chance(0.3):
        return char
    code = ord(char)
    if 32 <= code < 127 or (
        code > 0xA0 and char not in "\u2028\u2029\ufeff\ufffe" and draw.chance(0.7)
    ):
        return char
    if code < 256 and draw.chance(0.5):
        return f"\\x{code:02x}"
    return f"\\u{code:04X}" if code < 65536 else f"\\U{code:08x}"
