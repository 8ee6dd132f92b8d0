"""Java properties as Spring Boot reads them, with their odd positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidFile
from configserver.formats import Limits, parse


def read(text: str) -> list[dict[str, str]]:
    """Return the documents, each value with its position behind it."""
    return [
        {key: f"{value!s}@{document.origins[key]}" for key, value in document.properties.items()}
        for document in parse("x.properties", text.encode("latin-1"))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1\nb:2\nc 3\n", {"a": "1@1:3", "b": "2@2:3", "c": "3@3:3"}),
        ("  a  =  1 \n", {"a": "1 @1:9"}),
        ("a==b\n=x\n", {"a": "=b@1:3"}),
        ("a=\nb=", {"a": "@2:0", "b": "@3:3"}),
        ("a=1\r\nb=2\rc=3", {"a": "1@1:3", "b": "2@2:3", "c": "3@3:3"}),
        ("a=one\\\n  two\n", {"a": "onetwo@1:3"}),
        ("a=\\\n  two\n", {"a": "two@2:3"}),
        ("a=1\\\n", {"a": "1@1:3"}),
        ("a=x\\", {"a": "x@1:3"}),
        ("a\\=b\\ c=\\u00e9x\n", {"a=b c": "éx@1:7"}),
        ("a=\\ud83d\\ude00\n", {"a": "😀@1:3"}),
        ("a=\\t\\q\\\\\n", {"a": "\tq\\@1:3"}),
        ("# c\n! d\n\\#x=1\n\\u0021y=1\na=1\n", {"a": "1@5:3"}),
        ("#a\\\nb=1\nc=2\n", {"c": "2@3:3"}),
        ("l[]=a, b,\\,c,\n", {"l[0]": "a@1:5", "l[1]": "b@1:8", "l[2]": ",c@1:10"}),
        ("l[]=\nm[].x=1,2\n", {"l[0]": "@2:0", "m[].x": "1,2@2:7"}),
        ("a=1\nb=2\na=3\n", {"a": "3@3:3", "b": "2@2:3"}),
        ("\xef\xbb\xbfa=1\n", {"\xef\xbb\xbfa": "1@1:6"}),
    ],
)
def test_one_document(text: str, expected: dict[str, str]) -> None:
    (found,) = read(text)
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("# c\n\n", []),
        ("#---\na=1\n#---\n#---\nb=2\n#---\n", [["a"], ["b"]]),
        ("a=1\n!---\nb=2\n", [["a"], ["b"]]),
        ("a=1\n#--- \nb=2\n", [["a"], ["b"]]),
        ("a=1\n#--- \n b=2\nc=3\n", [["a"], ["c"]]),
        ("a=1\n #---\nb=2\n", [["a", "b"]]),
        ("a=1\n#----\nb=2\n", [["a", "b"]]),
        ("a=1\n# c\n#---\nb=2\n", [["a", "b"]]),
        ("a=1\n! c\n#---\nb=2\n", [["a"], ["b"]]),
        ("a=1\n# c\n\n#---\nb=2\n", [["a"], ["b"]]),
        ("a=1\n#---\n# c\nb=2\n", [["a", "b"]]),
        ("a=1\n#---\n\n! c\nb=2\n", [["a", "b"]]),
        ("a=1\n#\\\n---\nb=2\n", [["a"], ["b"]]),
    ],
)
def test_documents(text: str, keys: list[list[str]]) -> None:
    assert [list(document) for document in read(text)] == keys


@pytest.mark.parametrize("text", ["a=1\nb=\\u00zz", "a=1\nb=\\u12", "a=1\nb=\\u"])
def test_a_malformed_escape_is_refused(text: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["#---\na=1\n" * 20_000, "a[]=" + "x," * 20_000])
def test_hostile_files_fail_early(text: str) -> None:
    with pytest.raises(InvalidFile):
        parse("x.properties", text.encode(), Limits(max_documents=1000, max_keys=1000))


@pytest.mark.timeout(20)
def test_undone_separators_cost_nothing() -> None:
    lines = [f"k{number}=1\n" for number in range(20_000)]
    text = "".join(lines) + "#---\n! c\n" * 20_000
    (document,) = parse("x.properties", text.encode())
    assert len(document.properties) == 20_000


@given(st.text("ab=:#!-[],\\ \t\f\r\n"))
def test_any_text_without_unicode_escapes_is_read(text: str) -> None:
    for document in parse("x.properties", text.encode()):
        assert document.properties.keys() == document.origins.keys()
        assert "" not in document.properties
