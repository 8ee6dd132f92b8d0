"""What plain and tagged YAML scalars become."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidFile
from configserver.formats import parse
from configserver.model import Value

INFINITY = float("inf")


def value_of(text: str) -> Value:
    (document,) = parse("x.yml", f"a: {text}\n".encode())
    return document.properties["a"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("yEs", "yEs"),
        ("y", "y"),
        ("~", ""),
        ("Null", ""),
        ("nULL", "nULL"),
        ("0", 0),
        ("-0", 0),
        ("010", 8),
        ("08", "08"),
        ("0o17", "0o17"),
        ("0x1F", 31),
        ("0X1F", "0X1F"),
        ("0b101", 5),
        ("1_000", 1000),
        ("0_", "0_"),
        ("0_1", 1),
        ("1__0", 10),
        ("1:30", 90),
        ("12:30:45", 45045),
        ("0:30", "0:30"),
        ("1:60", "1:60"),
        ("99999999:59:59", -777252865),
        ("9223372036854775808", 9223372036854775808),
        ("1" * 1024, int("1" * 1024)),
        ("1" * 1025, "1" * 1025),
        ("1e3", 1000.0),
        ("1e", "1e"),
        (".5", 0.5),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("1.5.6", "1.5.6"),
        ("1:30.5", 90.5),
        ("1e400", INFINITY),
        ("-.INF", -INFINITY),
        (".e3", ".e3"),
        ("2001-01-01", "2001-01-01"),
        ("=", "="),
        ('"1"', "1"),
        ("! 12", 12),
        ('! "12"', 12),
        ("!!str 12", "12"),
        ('!!int "0x10"', 16),
        ("!!float 1", 1.0),
        ("!!bool maybe", ""),
        ("!!null x", ""),
        ("!!binary aGVsbG8=", b"hello"),
        ("!!binary aGVs bG8", b"hello"),
        ("!!timestamp 2001-01-01", datetime(2001, 1, 1, tzinfo=UTC)),
        ("!!timestamp 2001-13-32", datetime(2002, 2, 1, tzinfo=UTC)),
        (
            "!!timestamp 2001-12-14t21:59:43.10-05:00",
            datetime(2001, 12, 15, 2, 59, 43, 100_000, tzinfo=UTC),
        ),
    ],
)
def test_scalar(text: str, value: Value) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "._",
        "<<",
        "!!int abc",
        "!!int 1.5",
        '!!int ""',
        "!!float x",
        "!!timestamp x",
        "!!timestamp 9999-99-99",
        "!!binary a",
        "!!java.util.Date x",
        "!local x",
        "!!seq x",
        "!!int " + "1" * 5000,
        "99999999999999999999:59",
    ],
)
def test_refused_scalar(text: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        value_of(text)
    assert (caught.value.line, caught.value.column) == (1, 4)


@given(st.integers())
def test_every_decimal_integer_is_exact(number: int) -> None:
    assert value_of(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_of_python_is_read_back(number: float) -> None:
    assert value_of(repr(number)) == number
