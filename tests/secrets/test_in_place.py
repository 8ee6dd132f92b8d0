"""Values are replaced where they stand, and nothing else changes."""

import json
import re
from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidFile
from configserver.formats import parse
from configserver.secrets.edit import replaced
from configserver.secrets.files import read
from configserver.secrets.patterns import patterns
from configserver.secrets.sites import Site, Source

NEW = "{cipher}{key:it's}AQ+/=="


def edited(path: str, data: bytes, keys: str) -> bytes:
    """Return the file with the values replaced, after a look that a server reads just those."""
    source = read(path, data)
    meant = patterns(keys)
    chosen = [
        site
        for site in source.sites
        if any(one.matches(key) for one in meant for _, key in site.keys)
    ]
    changes = dict.fromkeys(chosen, NEW)
    return replaced(path, source, changes) if changes else data


QUOTED = "'{cipher}{key:it''s}AQ+/=='"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: x\n", "a: @\n"),
        ("a: x # c\n", "a: @ # c\n"),
        ("a:   x\r\nb: y\r\n", "a:   @\r\nb: y\r\n"),
        ("a: 'x'   # c", "a: @   # c"),
        ('a: "x" # c\n', 'a: "{cipher}{key:it\'s}AQ+/==" # c\n'),
        ('a: "\\u0041\\\n  b" # c\n', 'a: "{cipher}{key:it\'s}AQ+/==" # c\n'),
        ("a: x\n  y\n  z\nb: 1\n", "a: @\nb: 1\n"),
        ("a:\n  x\nb: 1\n", "a:\n  @\nb: 1\n"),
        ("a: |\n  x\n  y\n\n# c\nb: 1\n", "a: @\n\n# c\nb: 1\n"),
        ("a: |- # head\n  x\n\nb: 1\n", "a: @ # head\n\nb: 1\n"),
        ("a: >+\r\n  x\r\n\r\nb: 1\r\n", "a: @\r\n\r\nb: 1\r\n"),
        ("a: |2\n   x", "a: @"),
        ("a:\n  |\n    x\n# c\n", "a:\n  @\n# c\n"),
        ("a: {b: 1}\nc: [x]\n", None),
        ("{a: x, b: [1]}", "{a: @, b: [1]}"),
        ('{"a":"x","b":1}', '{"a":"{cipher}{key:it\'s}AQ+/==","b":1}'),
        ('{"a":x}', '{"a":@}'),
        ("a: &v x\nb: *v\n", "a: &v @\nb: *v\n"),
        ("a: !!str x\n", "a: @\n"),
        ("a: &v !!int 5 # c\n", "a: &v @ # c\n"),
        ("a: !!int &v 5 # c\n", "a: &v @ # c\n"),
        ("a: !!str |\n  x\nb: 1\n", "a: @\nb: 1\n"),
        ("a: 123\n", "a: @\n"),
        ("a: x\n---\na: y\n...\n# c\n", "a: @\n---\na: @\n...\n# c\n"),
        ("\ufeffa: x\n", "\ufeffa: @\n"),
        ("b: é😀\u2028a: x # ü\n", "b: é😀\u2028a: @ # ü\n"),
        ("b: 1\x85a: x\n", "b: 1\x85a: @\n"),
        ("b: x\ufeffy\na: x\n", "b: x\ufeffy\na: @\n"),
        ("a: x\t# tab\n", "a: @ # tab\n"),
        ("a: x \t\n", "a: @\n"),
        ("{a: x\t}", "{a: @}"),
        ("? {a: x}\n: y\n? [a]\n: {a: z}\na: x", "? {a: x}\n: y\n? [a]\n: {a: z}\na: @"),
        ("? a\n: x\n? b\n: y\n", "? a\n: @\n? b\n: y\n"),
        ("'a': x\n", "'a': @\n"),
        ("a: x", "a: @"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_yaml(before: str, after: str | None, encoding: str) -> None:
    expected = (before if after is None else after).replace("@", QUOTED)
    assert edited("x.yml", before.encode(encoding), "a") == expected.encode(encoding)


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ("a.b", "a: {b: @, c: [y, {d: z}], list: [1, 2]}\nsecret: s\n"),
        ("a.c[1].d", "a: {b: x, c: [y, {d: @}], list: [1, 2]}\nsecret: s\n"),
        ("a.list", "a: {b: x, c: [y, {d: z}], list: [@, @]}\nsecret: s\n"),
        ("*.d , *.secret", "a: {b: x, c: [y, {d: @}], list: [1, 2]}\nsecret: @\n"),
        ("a.c*", "a: {b: x, c: [@, {d: @}], list: [1, 2]}\nsecret: s\n"),
        ("b,A.b,secre,ecret,a", "a: {b: x, c: [y, {d: z}], list: [1, 2]}\nsecret: s\n"),
    ],
)
def test_patterns(keys: str, after: str) -> None:
    before = b"a: {b: x, c: [y, {d: z}], list: [1, 2]}\nsecret: s\n"
    assert edited("x.yml", before, keys).decode() == after.replace("@", QUOTED)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a=x\n", "a=@\n"),
        ("  a  :  x\r\nb=y\r\n", "  a  :  @\r\nb=y\r\n"),
        ("b=1\r\nc=2\r\na x\r\n", "b=1\r\nc=2\r\na @\r\n"),
        ("a=x", "a=@"),
        ("a=x\ra=y\rb=z", "a=@\ra=@\rb=z"),
        ("# a=x\n! a=x\na=x\n", "# a=x\n! a=x\na=@\n"),
        ("a=one\\\n   two\nb=1\n", "a=@\nb=1\n"),
        ("a=\\\r\n   two\r\nb=1\r\n", "a=\\\r\n   @\r\nb=1\r\n"),
        ("\\u0061=\\u0078y\nb=1", "\\u0061=@\nb=1"),
        ("a=\\tx\nb=1", "a=@\nb=1"),
        ("a=\\\\x\nb=1", "a=@\nb=1"),
        ("a=x\\ny \nb=1", "a=@\nb=1"),
        ("a=\\uD83D\\uDE00", "a=@"),
        ("a=x\n#---\na=y\n", "a=@\n#---\na=@\n"),
        ("b=\xe9\na=\xe9\n", "b=\xe9\na=@\n"),
        ("a[]=x,y\nb=1", "a[]=@,@\nb=1"),
        ("a=x\\", "a=@"),
    ],
)
def test_properties(before: str, after: str) -> None:
    expected = after.replace("@", NEW)
    assert edited("x.properties", before.encode("latin-1"), "a") == expected.encode("latin-1")


def test_properties_write_any_alias() -> None:
    source = read("x.properties", b"a[]=x,y\n")
    data = source.replaced({source.sites[0]: "{cipher}{key:a,\\ü😀}00"})
    assert parse("x.properties", data)[0].properties["a[0]"] == "{cipher}{key:a,\\ü😀}00"


def test_a_value_that_a_later_one_hides_has_its_key_still() -> None:
    source = read("x.properties", b"a=1\na=2\n")
    assert [site.key for site in source.sites] == ["a", "a"]


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ('{"a": "x",\r\n "b": {"a": 1}}', "a", '{"a": @,\r\n "b": {"a": 1}}'),
        ('{"b": {"a": 1.5}}', "b.a", '{"b": {"a": @}}'),
        ('[{"a":"\\u00e9\\"x"},2]', "[0].a", '[{"a":@},2]'),
        ('\ufeff{"x": ["y","z"]}', "x[1]", '\ufeff{"x": ["y",@]}'),
    ],
)
def test_json(before: str, keys: str, after: str) -> None:
    assert edited("x.json", before.encode(), keys).decode() == after.replace("@", json.dumps(NEW))


TYPE = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">'
XML = f'<?xml version="1.0" encoding="UTF-8"?>\n{TYPE}\n<properties>\n%s\n</properties>\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<entry key="a">x</entry>', '<entry key="a">@</entry>'),
        ('<!-- ö --><entry key="a">ü</entry> ', '<!-- ö --><entry key="a">@</entry> '),
        ('<entry key="a"></entry>', '<entry key="a">@</entry>'),
        ("<entry\n b='>' key='a' ><![CDATA[x]]>&amp;</entry >", None),
        ('<entry key="a">&lt;x<!-- </entry> --></entry>', '<entry key="a">@</entry>'),
        ('<entry key="&#97;">x</entry><entry key="b">&#123;</entry>', None),
        ('<entry key="a"/>', '<entry key="a"/>'),
        ('<entry key="a">1</entry><entry key="a">2</entry>', None),
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_xml_properties(before: str, after: str | None, encoding: str) -> None:
    """The content of an element is replaced, whatever it is made of."""
    text = (XML % before).replace("UTF-8", encoding)
    known = {
        "<entry\n b": "<entry\n b='>' key='a' >@</entry >",
        '<entry key="&': '<entry key="&#97;">@</entry><entry key="b">&#123;</entry>',
        '<entry key="a">1': '<entry key="a">@</entry><entry key="a">@</entry>',
    }
    after = after or next(text for start, text in known.items() if before.startswith(start))
    expected = (XML % after).replace("UTF-8", encoding).replace("@", "{cipher}{key:it's}AQ+/==")
    assert edited("x.xml", text.encode(encoding), "a").decode(encoding) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_xml_in_a_rare_encoding_is_refused(encoding: str) -> None:
    text = (XML % '<entry key="a">x</entry>').replace("UTF-8", encoding)
    with pytest.raises(InvalidFile):
        read("x.xml", text.encode(encoding))


def test_places() -> None:
    source = read("x.yml", b"a:\n  - x\n  - {b: &v y}\nc: *v\n")
    found = [(site.key, site.line, site.column) for site in source.sites]
    assert found == [("a[0]", 2, 5), ("a[1].b", 3, 9)]
    assert source.sites[1].keys == ((0, "a[1].b"), (0, "c"))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
PLAIN = st.sampled_from(["x", "a b", "- x", "#x", "x # y", "x: y", "it's", '"q"', "é", "", "~"])
SCALARS = st.one_of(PLAIN, TEXTS, st.integers(), st.booleans(), st.none(), st.floats(width=16))
NAMES = st.sampled_from(["a", "b", "password", "x-y", "é"])
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


def check(path: str, data: bytes, source: Source, chosen: Mapping[Site, str]) -> None:
    """See that only the chosen values changed, in what is read and in the bytes."""
    changed = source.replaced(chosen)
    news = {key: text for site, text in chosen.items() for key in site.keys}
    expected = [
        {key: news.get((number, key), value) for key, value in document.properties.items()}
        for number, document in enumerate(parse(path, data))
    ]
    assert repr([dict(one.properties) for one in parse(path, changed)]) == repr(expected)
    kept, done = [], 0
    for site in sorted(chosen, key=lambda one: one.start):
        kept.append(source.text[done : site.start])
        done = site.end
    kept.append(source.text[done:])
    untouched = ".*?".join(map(re.escape, kept))
    assert re.fullmatch(untouched, changed.decode(source.encoding), re.DOTALL)


@given(
    st.lists(TREES, min_size=1, max_size=3),
    st.data(),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_yaml(
    trees: list[object],
    data: st.DataObject,
    flow: bool | None,
    style: str | None,
    line_end: str,
) -> None:
    text = yaml.safe_dump_all(
        trees,
        default_flow_style=flow,
        default_style=style,
        allow_unicode=True,
        width=20,
        line_break=line_end,
    )
    content = text.encode()
    try:
        source = read("x.yml", content)
    except ValueError:
        return
    chosen = data.draw(st.sets(st.sampled_from(source.sites))) if source.sites else set()
    check("x.yml", content, source, dict.fromkeys(chosen, NEW))


LINE_PARTS = st.sampled_from(
    [
        *("a", "b", "=", ":", " ", "\t", "\\", "\\\n", "\\\r\n", "\n", "\r\n", "\r", "#", "!"),
        *("\\u0041", "x", "[]", ",", "\\,", "#---\n", "é", "\\\\", "\f", "\\ud83d\\ude00"),
        "password=s\n",
    ]
)


@given(st.lists(LINE_PARTS, max_size=30), st.data())
def test_any_properties(parts: list[str], data: st.DataObject) -> None:
    content = "".join(parts).encode("latin-1")
    source = read("x.properties", content)
    assert source.documents == parse("x.properties", content)
    full = [site for site in source.sites if site.value]
    chosen = data.draw(st.sets(st.sampled_from(full))) if full else set()
    check("x.properties", content, source, dict.fromkeys(chosen, NEW))
