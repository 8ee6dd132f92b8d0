"""Keys: a small vocabulary, so that files meet in them, and the odd ones."""

from tests.differential.draw import Draw
from tests.differential.scalars import double, single

SCALARS = (
    "r1",
    "r2",
    "r3",
    "r4",
    "p1",
    "p2",
    "p3",
    "name",
    "port",
    "url",
    "a.b",
    "x-y",
    "camelCase",
)
MAPS = ("app", "server", "deep", "org.spring", "m1", "m2")
LISTS = ("items", "hosts", "rows", "app.list", "l1")

_ODD = (
    *("1", "true", "1.5", "010", "off", "2001-01-01", "~x", "'a.b.c'", '"quoted key"', "'# x'"),
    *(
        "a b",
        "é",
        "/x/*",
        "'*'",
        "'{x}'",
        "'12'",
        "'true'",
        "'null'",
        "'~'",
        "1e3",
        "0x1F",
        "12:30",
    ),
    *(
        "'key: colon'",
        '"tab\\tkey"',
        '"new\\nline"',
        '""',
        "'<<'",
        "$x",
        "'${r1}'",
        "x=y",
        "-x",
        "?x",
    ),
    *("😀", "'''quoted'''", "'!'", "'&'", "a#b", "a:b", "? complex", "UPPER", "under_score", "a/b"),
)
_BRACKETS = (
    *(
        "'[x]'",
        "'[x.y]'",
        "a[0]",
        "a[1]",
        "a[x]",
        "'[0]'",
        "items[0]",
        "items[2]",
        "m1[k.v]",
        "a[00]",
    ),
    *("a[x]y", "a[0][1]", "a[0].b", "m[]", "a]", "'a['", "a[-1]", "a[ 1 ]", "'[a][0]'", "hosts[k]"),
    *("a.", "a..b", ".a", "m1.", "'['", "']'", "a[0]b", "a[1_0]", "rows[1].k"),
)


def scalar_key(draw: Draw) -> str:
    return _odd(draw) or draw.pick(SCALARS)


def map_key(draw: Draw) -> str:
    if draw.has("conflicts"):
        return draw.pick((*SCALARS, *LISTS))
    return _odd(draw) or draw.pick(MAPS)


def list_key(draw: Draw) -> str:
    if draw.has("conflicts"):
        return draw.pick((*SCALARS, *MAPS))
    return draw.pick(LISTS)


def _odd(draw: Draw) -> str:
    """Return an odd key as YAML spells it, or an empty text for an ordinary one."""
    if draw.has("odd-keys", 0.25):
        if draw.chance(0.1):
            return double(draw, "k" * draw.number(118, 130))
        return draw.pick(_ODD)
    if draw.has("bracket-keys", 0.3):
        return draw.pick(_BRACKETS)
    if draw.has("quoting", 0.1):
        return single(draw.pick(("a: b", "- a", "[", "a #b", "'", " a", "a ", "%", "@x", "`", ",")))
    return ""
