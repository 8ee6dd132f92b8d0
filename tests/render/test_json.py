"""JSON as Jackson writes it, for the environment and the flat format."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.overrides import overrides_source
from configserver.model import Environment, Position, PropertySource, Value
from configserver.render import environment_json, flat


def environment(*sources: PropertySource) -> Environment:
    return Environment("foo", "dev,qa", None, "abc", "", sources)


def of(properties: dict[str, Value]) -> Environment:
    return environment(PropertySource("s", properties, {}, "foo.yml"))


def test_the_environment_has_its_fields_in_this_order() -> None:
    assert environment_json(of({"k": "v"}), origins=False) == (
        b'{"name":"foo","profiles":["dev,qa"],"label":null,"version":"abc","state":"",'
        b'"propertySources":[{"name":"s","source":{"k":"v"}}]}'
    )


def test_origins_wrap_the_values_that_have_one() -> None:
    source = PropertySource("s", {"a": 1.0, "b": "x"}, {"a": Position(2, 4)}, "foo.yml")
    answer = environment_json(environment(overrides_source({"o": "1"}), source), origins=True)
    assert (
        b'{"name":"overrides","source":{"o":{"value":"1","origin":"Config server overrides"}}}'
        in answer
    )
    assert b'{"a":{"value":1.0,"origin":"2:4"},"b":"x"}' in answer  # fmt: skip


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('q" \\ / \b\f\n\r\t', r'"q\" \\ / \b\f\n\r\t"'),
        ("\x00\x1b\\u001b", r'"\u0000\u001B\\u001b"'),
        ("\x7f\u2028é😀", '"\x7f\u2028é😀"'),
        ("x\ud800\x1by", r'"x\uD800\u001By"'),
        (True, "true"),
        (-5, "-5"),
        (2**63 - 1, "9223372036854775807"),
        (2**64, "18446744073709551616"),
        (-(2**63) - 1, "-9223372036854775809"),
        (1e10, "1.0E10"),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (b"hello", '"aGVsbG8="'),
        (datetime(2001, 1, 1, tzinfo=UTC), '"2001-01-01T00:00:00.000Z"'),
    ],
)
def test_values(value: Value, written: str) -> None:
    assert flat(of({"k": value}), "json").decode() == f'{{"k":{written}}}'


def test_half_a_surrogate_pair_does_not_spoil_its_neighbours() -> None:
    properties: dict[str, Value] = {"\udc00": "\ud800", "f": 1e10, "l[1]": True}
    assert flat(of(properties), "json") == rb'{"\uDC00":"\uD800","f":1.0E10,"l":[null,true]}'


@given(st.dictionaries(st.text('abc"\\\n\x1bé😀'), st.text() | st.integers() | st.booleans()))
def test_a_parser_reads_what_was_written(properties: dict[str, Value]) -> None:
    answer = json.loads(environment_json(of(properties), origins=False))
    assert answer["propertySources"][0]["source"] == properties
