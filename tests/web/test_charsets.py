import pytest

from configserver.web.charsets import decode, encode, is_known, is_legal


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("größe".encode(), "utf-8", "größe"),
        ("größe".encode("latin-1"), "UTF-8", "gr\ufffd\ufffde"),
        ("ö".encode(), "iso-8859-1", "Ã¶"),
        ("ö".encode(), "us-ascii", "\ufffd\ufffd"),
        (b"\x93q\x94 \x80", "windows-1252", "“q” €"),
        (b"\xef\xbb\xbfbom", "utf-8", "\ufeffbom"),
        (b"\x00a\x00b", "utf-16", "ab"),
        (b"\xff\xfea\x00", "utf-16", "a"),
        ("größe".encode(), "nonsense", "größe"),
        ("größe".encode(), "rot13", "größe"),
        (b"\xed\xa0\x80x", "utf-8", "\ufffdx"),
        (b"\xed\xa0x", "utf-8", "\ufffdx"),
        (b"\xf0\x90\x80x", "utf-8", "\ufffdx"),
        (b"\xc0\x80", "utf-8", "\ufffd\ufffd"),
    ],
)
def test_text_is_read_as_java_reads_it(content: bytes, charset: str, text: str) -> None:
    assert decode(content, charset) == text


@pytest.mark.parametrize(
    ("text", "charset", "content"),
    [
        ("größe 日", "ISO-8859-1", b"gr\xf6\xdfe ?"),
        ("größe", "UTF-8", "größe".encode()),
        ("a", "UTF-16", b"\xfe\xff\x00a"),
        ("😀", "us-ascii", b"?"),
    ],
)
def test_text_is_written_as_java_writes_it(text: str, charset: str, content: bytes) -> None:
    assert encode(text, charset) == content


@pytest.mark.parametrize("name", ["*", "utf-8, iso-8859-1;q=0.5", "", "-a", "a b"])
def test_some_names_are_no_names(name: str) -> None:
    assert not is_legal(name)
    assert not is_known(name)


@pytest.mark.parametrize("name", ["hex", "punycode", "idna", "unicode_escape", "nonsense"])
def test_codecs_of_python_alone_are_unknown(name: str) -> None:
    assert is_legal(name)
    assert not is_known(name)
