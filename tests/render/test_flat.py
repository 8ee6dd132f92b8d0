"""The flat formats with placeholders; the original answers so, but where noted."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import CircularPlaceholder, InvalidKey
from configserver.model import Environment, PropertySource, Value
from configserver.render import content_type, flat


def of(properties: dict[str, Value]) -> Environment:
    source = PropertySource("s", properties, {}, "foo.yml")
    return Environment("foo", "dev", None, None, None, (source,))


def test_properties_are_lines_without_escapes() -> None:
    properties: dict[str, Value] = {"a.b": "x: y", "n": 1e10, "l[0]": True, "e": "", "s": "\ud800"}
    assert flat(of(properties), "properties") == b"a.b: x: y\nn: 1.0E10\ne: \ns: ?\nl[0]: true"


@pytest.mark.parametrize(
    ("suffix", "empty", "type_"),
    [
        ("yml", b"{}\n", "text/plain"),
        ("yaml", b"{}\n", "text/plain"),
        ("json", b"{}", "application/json"),
        ("properties", b"", "text/plain"),
    ],
)
def test_nothing_at_all(suffix: str, empty: bytes, type_: str) -> None:
    assert flat(of({}), suffix) == empty
    assert content_type(suffix) == type_


def test_a_document_can_be_kept() -> None:
    environment = of({"document[0]": "${x:1}"})
    assert flat(environment, "yml") == b"- ${x:1}\n"
    assert flat(environment, "yml", strip_document=False) == b"document:\n- 1\n"
    assert flat(environment, "json") == b'{"document":["1"]}'


@pytest.mark.parametrize(
    ("value", "yml", "json_"),
    [
        ("${p}", "5", '"5"'),
        ("${e}", "", '""'),
        ("${missing:true}", "true", '"true"'),
        ("${missing: b }", "' b '", '" b "'),
        ("${missing:{b}}", "{b}", '"{b}"'),
        ("\\${p}", "${p}", '"${p}"'),
        ("\\\\${p}", "${p}", r'"\\${p}"'),
        ("${lead}", " x", '" x"'),
        ("a\n${p}", "|-\n  a\n  5", r'"a\n5"'),
    ],
)
def test_values_are_pasted_into_the_finished_text(value: str, yml: str, json_: str) -> None:
    environment = of({"k": value, "p": 5, "e": "", "lead": " x"})
    assert flat(environment, "yml").decode().startswith(f"k: {yml}\np: 5\n")
    assert flat(environment, "json").decode().startswith(f'{{"k":{json_},"p":5,')
    assert (
        flat(environment, "json", resolve=False).decode().startswith(f'{{"k":{json.dumps(value)},')
    )


def test_keys_are_resolved_too() -> None:
    environment = of({"name": "bar", "x.${name}.y": 2})
    assert flat(environment, "yml") == b"name: bar\nx:\n  bar:\n    y: 2\n"
    assert flat(environment, "json") == b'{"name":"bar","x":{"bar":{"y":2}}}'
    assert flat(environment, "properties") == b"name: bar\nx.bar.y: 2"


def test_an_unclosed_placeholder_goes_on_to_the_next_brace() -> None:
    environment = of({"a": "1", "k1": "${a", "k2": "x", "k3": "b}"})
    assert flat(environment, "yml") == b"a: '1'\nk1:  x\nk3: b\n"
    assert flat(environment, "properties") == b"a: 1\nk1:  x\nk3: b"


NASTY = ["a: b", "- x", "*x", "# x", "x # y", "'", '"', '{"k": [1]}', "l1\nl2", "l1\nadmin: true",
         "\tx", "C:\\new", "\x07", "a:", "[", "&x y", "!!int 5", "%x", "|", "\u2028"]  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("frame", ["%s", "x%s", "%s y", "- %s", "a\n%s", "'%s'", '"%s"', "\t%s"])
def test_a_value_that_would_break_the_document_is_quoted(value: str, frame: str) -> None:
    """Differs from the original, which pastes all the same."""
    environment = of({"p": value, "a.b": frame % "${p}", "l[0]": frame % "${p}", "after": "end"})
    assert json.loads(flat(environment, "json"))["a"]["b"] == frame % value
    tree = yaml.load(flat(environment, "yml"), yaml.CSafeLoader)
    shown = tree["a"]["b"]
    shown = shown.decode() if isinstance(shown, bytes) else shown
    assert (shown, tree["after"]) == (frame % value, "end")
    assert tree["l"] == [tree["a"]["b"]]


def test_a_key_that_would_break_the_document_is_quoted() -> None:
    """Differs from the original, which pastes all the same."""
    environment = of({"p": "a: b", "${p}": 1})
    assert flat(environment, "yml") == b"p: 'a: b'\n'a: b': 1\n"


def test_only_the_values_that_need_it_are_quoted() -> None:
    environment = of({"n": 5, "bad": "a: b", "port": "${n}", "list[0]": "${bad}"})
    assert flat(environment, "yml") == b"n: 5\nbad: 'a: b'\nport: 5\nlist:\n- 'a: b'\n"


@given(st.text("ab:-#'\"\\{}[]*&!|>%@,? \n\té", max_size=12), st.sampled_from(["%s", "a %s b"]))
def test_json_holds_the_pasted_value(value: str, frame: str) -> None:
    environment = of({"p": value, "k": frame % "${p}"})
    assert json.loads(flat(environment, "json"))["k"] == frame % value


@given(st.text("ab:-#'\"\\{}[]*&!|>%@,? \n\té", max_size=12))
def test_yaml_keeps_its_structure(value: str) -> None:
    environment = of({"p": value, "k": "x${p}y", "z": "end"})
    assert yaml.load(flat(environment, "yml"), yaml.CSafeLoader) == {
        "p": value,
        "k": f"x{value}y",
        "z": "end",
    }


@pytest.mark.parametrize("suffix", ["yml", "json", "properties"])
def test_circles_are_refused(suffix: str) -> None:
    with pytest.raises(CircularPlaceholder):
        flat(of({"a": "${b}", "b": "${a}"}), suffix)


def test_bad_keys_matter_to_trees_alone() -> None:
    environment = of({"[1]": "x"})
    assert flat(environment, "properties") == b"[1]: x"
    for suffix in ("yml", "json"):
        with pytest.raises(InvalidKey):
            flat(environment, suffix)
