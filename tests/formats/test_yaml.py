"""Documents, keys, merges and positions of YAML, and what is refused."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configserver.errors import InvalidFile
from configserver.formats import Limits, parse
from configserver.model import Value


def flat(text: str | bytes) -> dict[str, Value]:
    (document,) = parse("x.yml", text.encode() if isinstance(text, str) else text)
    return dict(document.properties)


def positions(text: str) -> dict[str, str]:
    (document,) = parse("x.yml", text.encode())
    return {key: str(position) for key, position in document.origins.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {b: 1}\nc.d: 2", {"a.b": 1, "c.d": 2}),
        ("a: [x, [y, {z: 1}]]", {"a[0]": "x", "a[1][0]": "y", "a[1][1].z": 1}),
        ("a: [[], {}, ~]", {"a[0]": "", "a[2]": ""}),
        ("a: {}\nb: []", {"b": ""}),
        ("- x\n- y", {"document[0]": "x", "document[1]": "y"}),
        ("text", {"document": "text"}),
        ("!!set {}", {"document": ""}),
        ("a: {1: x, true: y, 1e3: z}", {"a[1]": "x", "a[true]": "y", "a[1000.0]": "z"}),
        ('a: {"[x.y]": 1}', {"a[x.y]": 1}),
        ('1: a\n"[1]": b', {"[1]": "b"}),
        ("? [a, ~, {b: 1}]\n: 1", {"[[a, , {b=1}]]": 1}),
        ("? []\n: 1", {"": 1}),
        ('a: {"": 1}', {"a.": 1}),
        ('" ": {a: 1}', {"a": 1}),
        ('"\\u00a0": {a: 1}', {"\xa0.a": 1}),
        ("a.b: 1\na: {b: 2}", {"a.b": 2}),
        ("a: !!set {x, y: 1}", {"a[0]": "x", "a[1]": "y"}),
        ("a: !!omap [x: 1, y: 2]", {"a.x": 1, "a.y": 2}),
        ("a: |\n  x\n  y", {"a": "x\ny"}),
        ("a: >-\n  x\n  y\n\n", {"a": "x y"}),
        ("a: 1\x85b: 2\u2028c: 3\u2029d: 4\re: 5", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
    ],
)
def test_flattening(text: str, expected: dict[str, Value]) -> None:
    assert list(flat(text).items()) == list(expected.items())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b: &b {a: 1, c: 2}\nx: {<<: *b, a: 3}", {"x.a": 3, "x.c": 2}),
        ("b: &b {a: 1, c: 2}\nx: {d: 4, <<: *b}", {"x.d": 4, "x.a": 1, "x.c": 2}),
        ("b: &b {a: 1}\nx: {<<: [*b, {a: 2, c: 3}]}", {"x.a": 2, "x.c": 3}),
        ('x: {"<<": {a: 1}}', {"x.<<.a": 1}),
        # A map written behind `<<` has keys that do not meet those of the map it is merged into.
        ("x: {a: 2, <<: {a: 1}}", {"x.a": 1}),
        # It is merged before it merges itself, so that the weaker map wins.
        ("b: &b {a: 1}\nc: &c {<<: *b, a: 2}\n<<: *c", {"c.a": 2, "a": 1}),
        ("x: &x {<<: *x, a: 1}", {"x.a": 1}),
    ],
)
def test_merges(text: str, expected: dict[str, Value]) -> None:
    found = {key: value for key, value in flat(text).items() if not key.startswith("b.")}
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("# c\n", []),
        ("~", []),
        ('""', []),
        ("[]", []),
        ("{}", [[]]),
        ("a: 1\n---\n# c\n---\n~\n---\n{}\n---\nb: 2", [["a"], [], ["b"]]),
        ("a: 1\n...\n%FOO bar\n---\nb: 2", [["a"], ["b"]]),
        ("a: 1\n%FOO", [["a"]]),
    ],
)
def test_only_documents_that_are_not_null_count(text: str, keys: list[list[str]]) -> None:
    assert [list(each.properties) for each in parse("x.yml", text.encode())] == keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: x\nb:   'y'", {"a": "1:4", "b": "2:6"}),
        ("a: &n !!str x\nb: *n", {"a": "1:4", "b": "1:4"}),
        ("a: |\n  x\nb: []", {"a": "1:4", "b": "3:4"}),
        ("a:\nb: {x, y: , z: 1}", {"a": "1:3", "b.x": "2:6", "b.y": "2:10", "b.z": "2:16"}),
        ("a: {y:\n , z: 1}", {"a.y": "1:7", "a.z": "2:7"}),
        ('"😀": "\\ud83d\\ude00"', {"😀": "1:6"}),
        ("\ufeffa: 1", {"a": "1:4"}),
        ("a: 1\n\ufeffb: 2", {"a": "1:4", "\ufeffb": "2:5"}),
        ("? a: b\n c\nd: 1", {"[{a=b}]": "2:2", "d": "3:4"}),
        ("a: !!set {x}\nb: 1", {"b": "2:4"}),
    ],
)
def test_positions(text: str, expected: dict[str, str]) -> None:
    assert positions(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nb: [\n", 3, 1),
        ("a: 1\na: 2", 2, 1),
        ("l:\n- a: 1\n  a: 2", 3, 3),
        ("? [a]\n: 1\n? [a]\n: 2", 3, 3),
        ("~: 1", 1, 1),
        ("- 1: x", 1, 3),
        ("- {<<: {a: 1}}", 1, 9),
        ("a: *x", 1, 4),
        ("a: &a {b: *a}", 1, 4),
        ("a: &a [*a]", 1, 4),
        ("<<: 1", 1, 1),
        ("a:\tb", 1, 3),
        ("a: b\n\t\nc: d", 2, 1),
        ('a: "b"\t# c', 1, 7),
        ("a: b\n  \tc", 2, 3),
        ("a: !!str\tx", 1, 9),
        ('a: "x\\/y"', 1, 4),
        ("a: [b?c]", 1, 5),
        ("a: |# c\n  x", 1, 4),
        ("a: [!!str, x]", 1, 5),
        ("{k,!,}", 1, 4),
        ("a: x\n  \x7f", 2, 3),
        ("%YAML 2.0\n---\na: 1", 1, 1),
        ('"\\U00110000": 1', 1, 4),
        ("[" * 51 + "x", 1, 52),
    ],
)
def test_refused(text: str, line: int, column: int) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse("x.yml", text.encode())
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b\t# c", {"a": "b"}),
        ("a\t: b", {"a": "b"}),
        ('a: "x\ty"', {"a": "x\ty"}),
        ("a: b #\tc", {"a": "b"}),
        ("a: 'x\\/y'", {"a": "x\\/y"}),
        ('a: "\\ud83d\\ude00"', {"a": "😀"}),
        ('a: "\\ud800"', {"a": "\ud800"}),
        ("%FOO bar\n---\na: 1", {"a": 1}),
        ("{a:}", {"a": ""}),
        ("a: &ä x\nb: *ä", {"a": "x", "b": "x"}),
        ("a: b?c", {"a": "b?c"}),
        ("[" * 50 + "]" * 50, {"document" + "[0]" * 49: ""}),
    ],
)
def test_accepted_although_odd(text: str, expected: dict[str, Value]) -> None:
    assert flat(text) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert flat("a: größe 😀\n".encode(encoding)) == {"a": "größe 😀"}


@pytest.mark.parametrize("data", [b"a: 1\nb: x\xff", b"a: 1\nb: x\xed\xa0\x80", b"a: 1\nb: x\x00"])
def test_bytes_that_are_no_text(data: bytes) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse("x.yml", data)
    assert (caught.value.line, caught.value.column) == (2, 5)


def nested_aliases(item: str, levels: int) -> str:
    first = f"a0: &a0 [{', '.join([item] * 9)}]"
    rest = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels))
    return "\n".join((first, *rest))


def merge_chain(length: int) -> str:
    links = ", ".join(f"&a{n} {{<<: *a{n - 1}}}" for n in range(1, length))
    return f"x: [&a0 {{k: 1}}, {links}]\n<<: *a{length - 1}"


def merges_of_one_map(keys: int, times: int) -> str:
    pairs = ", ".join(f"k{n}: 1" for n in range(keys))
    return "\n".join((f"a: &a {{{pairs}}}", *(f"b{n}: {{<<: *a}}" for n in range(times))))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        nested_aliases("x", 9),
        nested_aliases("{}", 9),
        nested_aliases("x", 9) + "\n? *a8\n: 1",
        "[" * 1_000_000,
        "{" * 1_000_000,
        "- " * 500_000,
        "---\n" * 1_000_000,
        "[" + "a," * 50_000,
        "a0: &a0 {k: 1}\n" + "\n".join(f"a{n}: &a{n} {{k: *a{n - 1}}}" for n in range(1, 3000)),
        merge_chain(3000),
        merges_of_one_map(300, 300),
        "a: " + "x" * 100_000 + "\nb: " + "y" * 10,
    ],
    ids=lambda text: f"{text[:12]!r}…{len(text)}",
)
def test_hostile_files_fail_early(text: str) -> None:
    small = Limits(max_nodes=20_000, max_documents=1000, max_keys=10_000, max_text=100_000)
    with pytest.raises(InvalidFile):
        parse("x.yml", text.encode(), small)


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#%@?\\/ \n\t\x85<1.~", max_size=40))
@example("? 's'é\n  ?=")
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        documents = parse("x.yml", text.encode())
    except InvalidFile as error:
        assert error.reason  # noqa: PT017 - both outcomes are right
        return
    for document in documents:
        assert set(document.origins) <= set(document.properties)


@given(st.dictionaries(st.text("abc.[]é😀", min_size=1), st.text("xyz #:'\"😀")))
def test_json_is_read_as_it_is(properties: dict[str, str]) -> None:
    assert flat(json.dumps(properties)) == properties
