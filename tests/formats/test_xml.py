"""Java XML properties."""

import pytest

from configserver.errors import InvalidFile
from configserver.formats import parse
from configserver.model import Document

TYPE = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'


def test_entries() -> None:
    text = TYPE + (
        "<properties>\n  <comment>c</comment>\n"
        '  <entry key="a">größe </entry><entry key="b">&lt;&#38;<![CDATA[<]]></entry>'
        '<entry key="c"/><entry key="a">2</entry>\n</properties>'
    )
    assert parse("x.xml", text.encode()) == (Document({"a": "2", "b": "<&<", "c": ""}),)


def test_other_encoding() -> None:
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?>{TYPE}'
    text += '<properties><entry key="a">ö</entry></properties>'
    assert parse("x.xml", text.encode("latin-1")) == (Document({"a": "ö"}),)


def test_no_entries_are_a_document_all_the_same() -> None:
    assert parse("x.xml", f"{TYPE}<properties/>".encode()) == (Document({}),)


def test_what_java_ignores() -> None:
    text = f'{TYPE}<properties x="y">text<entry key="a" b="c">&d;1</entry><comment/></properties>'
    assert parse("x.xml", text.encode()) == (Document({"a": "1"}),)


def test_control_characters_are_taken_as_in_java() -> None:
    text = f'{TYPE}<properties>\5<entry key="a\6">x\0y&#5;&#x1F;&#65;</entry></properties>'
    assert parse("x.xml", text.encode()) == (Document({"a\6": "x\0y\5\x1fA"}),)


def test_keys_are_in_the_order_of_a_java_hash_table() -> None:
    entries = "".join(f'<entry key="{key}"/>' for key in ("b", "a", "c", "B"))
    (document,) = parse("x.xml", f"{TYPE}<properties>{entries}</properties>".encode())
    assert list(document.properties) == ["a", "b", "B", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not xml",
        "<beans/>",
        '<properties><entry key="a">1</entry></properties>',
        '<!DOCTYPE properties SYSTEM "file:///etc/passwd"><properties/>',
        '<!DOCTYPE properties [<!ENTITY a "aaaa">]><properties/>',
        TYPE + "<properties><entry>1</entry></properties>",
        TYPE + '<properties><entry key="a"><b/></entry></properties>',
        TYPE + "<properties><comment/><comment/></properties>",
        f'<?xml version="1.1"?>{TYPE}<properties/>',
        TYPE + "<properties>" * 100_000,
        f'<?xml version="1.0" encoding="nonsense"?>{TYPE}<properties/>',
    ],
    ids=lambda text: text[:40],
)
def test_refused(text: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse("x.xml", text.encode())
    assert caught.value.line is not None
