"""YAML as SnakeYAML prints it; the expected texts were printed by the original."""

from datetime import UTC, datetime

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import Unrenderable
from configserver.model import Value
from configserver.render.yaml import Tree, dump, dump_document
from configserver.render.yaml_quotes import WIDTH


@pytest.mark.parametrize(
    "text",
    ["x", "-x", "?x", ":x", "--", "=", "+", ".", "..", "~x", "y", "n", "x,", "a]", "1:60", "0o17",
     "2001-1-1", "it's", 'say "hi"', "C:\\dir", "http://h", "a#b", "\xa0", "\ufeff", "größe", "😀"],
)  # fmt: skip
def test_text_that_stays_plain(text: str) -> None:
    assert dump({"k": text}) == f"k: {text}\n"


@pytest.mark.parametrize(
    "text",
    ["", "-", "- x", "? x", ":", ": x", "[x", "{", "#", "&a", "*a", "!", "|", ">", '"', "%", "@",
     "`", "---a", "....", "a:", "::", "a: b", "a #b", " a", "a ", "<<", "~", "null", "yes", "Off",
     "TRUE", "1", "-1", "+1", "010", "08", "018", "0_", "0x1F", "0b1", "1_000", "1:30", "1e3", ".5",
     "1.", ".inf", ".NaN", "2001-01-01", "2001-12-14 21:59:43.10 -5", "2001-1-1T1:00:00Z"],
)  # fmt: skip
def test_text_in_single_quotes(text: str) -> None:
    assert dump({"k": text}) == f"k: '{text}'\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("it's: x", "'it''s: x'"),
        ("a\tb", '"a\\tb"'),
        ("a\r\nb", '"a\\r\\nb"'),
        ("a \nb", '"a \\nb"'),
        ("a\nb ", '"a\\nb "'),
        ('\té😀\\"', '"\\té😀\\\\\\""'),
        ("\t\xa0\u2028", '"\\t\\_\\L"'),
        (True, "true"),
        (2**64, "18446744073709551616"),
        (1e10, "1.0E10"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".NaN"),
        (datetime(2001, 1, 1, tzinfo=UTC), "2001-01-01T00:00:00Z"),
        (b"hello", "!!binary |-\n  aGVsbG8="),
        ("\x1b[0m", "!!binary |-\n  G1swbQ=="),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n\n  b\n", "|\n  a\n\n    b"),
        (" a\nb", "|2-\n   a\n  b"),
        ("\na", "|2-\n\n  a"),
        ("\n", "|2+\n"),
        ("a\n\n", "|+\n  a\n"),
    ],
)
def test_other_styles(value: Value, written: str) -> None:
    assert dump({"k": value}) == f"k: {written}\n"


def test_breaks_of_unicode_are_printed_as_they_are() -> None:
    assert dump({"k": "a\u2028b"}) == "k: |-\n  a\u2028  b\n"
    assert dump({"k": "\x85"}) == "k: |2+\n\x85"


def test_collections() -> None:
    tree: dict[str, Tree] = {"a": {"b": ["x", None, {"c": 1, "d": ["y", ["z"]]}]}, "e": 1}
    assert dump(tree) == ("a:\n  b:\n  - x\n  - null\n  - c: 1\n    d:\n    - y\n    - - z\ne: 1\n")
    assert dump({}) == "{}\n"


@pytest.mark.parametrize(
    ("tree", "written"),
    [
        ({"yes": 1}, "'yes': 1\n"),
        ({"": 1}, "? ''\n: 1\n"),
        ({"a\nb": 1}, "? |-\n  a\n  b\n: 1\n"),
        ({"": {"a": 1, "b": 2}}, "? ''\n: a: 1\n  b: 2\n"),
        ({"": [1, 2]}, "? ''\n: - 1\n  - 2\n"),
        ({"\x07": 1}, '!!binary "Bw==": 1\n'),
        ({"k" * 122: 1}, f"{'k' * 122}: 1\n"),
        ({"k" * 123: 1}, f"? {'k' * 123}\n: 1\n"),
        ({"😀" * 62: 1}, f"? {'😀' * 62}\n: 1\n"),
    ],
)
def test_keys(tree: dict[str, Tree], written: str) -> None:
    assert dump(tree) == written


LONG = "x" * (WIDTH - 3)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (f"{LONG}x y z", f"{LONG}x\n  y z"),
        (f"{LONG} y z", f"{LONG} y\n  z"),
        (f"{LONG}x  y z", f"{LONG}x  y\n  z"),
        (f"- {LONG} y", f"'- {LONG}\n  y'"),
        (f"' {LONG} ", f"''' {LONG} '"),
        ("😀" * 40 + " y", "😀" * 40 + "\n  y"),
        (f"\t{LONG} y z", f'"\\t{LONG}\\\n  \\ y z"'),
    ],
)
def test_a_line_breaks_at_the_first_single_blank_behind_column_80(value: str, written: str) -> None:
    assert dump({"k": value}) == f"k: {written}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (["c", {"d": 1}], "- c\n- d: 1\n"),
        ("blah", "blah\n"),
        (5, "'5'\n"),
        (True, "'true'\n"),
        ("a\nb", "|-\n  a\n  b\n"),
        ({"a": 1}, "!!str\na: 1\n"),
    ],
)
def test_an_only_document_stands_for_itself(value: Tree, written: str) -> None:
    assert dump_document(value) == written


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Unrenderable, match="surrogate"):
        dump({"k": "\ud800"})


PIECES = st.sampled_from(
    ["a", "é", "😀", " ", "  ", ": ", " #", "-", "'", '"', "\\", "\n", "\t", "\r", "x" * 50, "0"]
)
TEXT = st.lists(PIECES, max_size=30).map("".join)


@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT, min_size=1), min_size=1, max_size=4))
def test_a_parser_reads_what_was_written(tree: dict[str, Tree]) -> None:
    events = pyyaml.parse(dump(tree), pyyaml.CSafeLoader)
    found = [event.value for event in events if isinstance(event, pyyaml.ScalarEvent)]
    wanted = [
        text
        for key, value in tree.items()
        for text in (key, *(value if isinstance(value, list) else [value]))
    ]
    assert found == wanted
