"""Random Java properties files, plain and as XML."""

from xml.sax.saxutils import escape

from tests.differential import scalars
from tests.differential.conditions import settings
from tests.differential.draw import Draw
from tests.differential.keys import LISTS, SCALARS

_SEPARATORS = ("=", "=", "=", " = ", ": ", ":", " ", "\t", " : ")
_BREAKS = ("#---\n", "#---\n", "!---\n", "#--- \n", "# ---\n", "#----\n", " #---\n")
_COMMENTS = ("# comment\n", "! comment\n", "  # indented\n", "\n", "   \n", "\\# also a comment\n")
_ODD_LINES = (
    *(
        "=nokey\n",
        "nokeyvalue\n",
        "empty=\n",
        "a\\ b=c\n",
        "a\\=b=c\n",
        "a\\:b: c\n",
        "t=\\ttab\\n\n",
    ),
    *(
        "dir=C:\\dir\\new\n",
        "u=\\u00e9\\u65e5\n",
        "trail=x  \n",
        "slash=a\\\\\n",
        "k = = v\n",
        "\\u0061b=c\n",
    ),
    *(
        "e=\\\n",
        "tail=x\\\n  y\\\n\n",
        "multi=a, \\\n   b, \\\n   c\n",
        "q='x'\n",
        'd="x"\n',
        "x=#y\n",
    ),
    *(
        "long=one\\\n\ttwo\\\n# three\n",
        "ff=a\\fb\n",
        "\\ lead=v\n",
        "hash\\#x=1\n",
        "latin=\u00e9\n",
    ),
)
_INDEXED = (
    "items[0]",
    "items[1]",
    "items[2].k",
    "m1[k]",
    "m1[k.v]",
    "hosts[0]",
    "a[0][1]",
    "rows[0].a",
)
_ARRAYS = ("a,b,c", "a, b ,c", "", ",", "a,,b", "x\\,y,z", "a,", " a", "${r1},b", "1,2")


def properties_file(draw: Draw, *, variant: bool) -> str:
    """Return a properties file; `variant` says that it belongs to a profile."""
    count = draw.number(2, 4) if draw.has("documents", 0.7) else 1
    documents = [_document(draw, variant=variant) for _ in range(count)]
    content = draw.pick(_BREAKS).join(documents) if count > 1 else documents[0]
    if draw.has("line-ends"):
        content = content.replace("\n", draw.pick(("\r\n", "\r")))
    return content.rstrip("\n") if draw.has("line-ends") else content


def xml_file(draw: Draw) -> str:
    """Return an XML properties file."""
    entries = "".join(
        f'<entry key="{escape(draw.pick(SCALARS))}">{escape(_xml_safe(_value(draw)))}</entry>\n'
        for _ in range(draw.number(1, 4))
    )
    doctype = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'
    comment = "<comment>c</comment>\n" if draw.chance(0.3) else ""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}{doctype}<properties>\n{comment}{entries}</properties>\n"


def _document(draw: Draw, *, variant: bool) -> str:
    lines = [f"{key}={_escaped(draw, value)}\n" for key, value in settings(draw, variant=variant)]
    lines += [_line(draw) for _ in range(draw.number(1, 7))]
    if draw.has("comments", 0.6):
        lines.insert(draw.number(0, len(lines)), draw.pick(_COMMENTS))
    return "".join(lines)


def _line(draw: Draw) -> str:
    if draw.has("escapes", 0.4):
        return draw.pick(_ODD_LINES)
    separator = draw.pick(_SEPARATORS)
    if draw.has("lists", 0.3):
        return f"{draw.pick(LISTS)}[]{separator}{draw.pick(_ARRAYS)}\n"
    indexed = draw.has("bracket-keys", 0.4) or draw.has("lists", 0.3)
    key = draw.pick(_INDEXED if indexed else SCALARS)
    if draw.has("conflicts", 0.3):
        key = draw.pick((*SCALARS, *LISTS, *_INDEXED)) + draw.pick(("", ".k", ".k.l"))
    return f"{key}{separator}{_escaped(draw, _value(draw))}\n"


def _value(draw: Draw) -> str:
    if {"placeholders", "nested-placeholders"} & draw.features and draw.chance(0.4):
        return scalars.placeholder(draw)
    return scalars.typed(draw) if draw.chance(0.4) else scalars.text(draw)


def _escaped(draw: Draw, value: str) -> str:
    """Escape what a value cannot hold as it is; the rest of the time leave it so."""
    value = value.replace("\r", "\\r").replace("\n", draw.pick(("\\n", "\\n\\\n  ")))
    if draw.chance(0.8):
        value = value.replace("\\", "\\\\") if "\\" in value and draw.chance(0.3) else value
    units = value.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(code) if code < 127 else f"\\u{code:04x}" for code in codes)


def _xml_safe(value: str) -> str:
    return "".join(char for char in value if char in "\t\n" or " " <= char < "\ufffe")
