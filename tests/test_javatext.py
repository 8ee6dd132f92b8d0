"""Numbers and dates as Java prints them; the doubles were printed by Java 17."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import Unrenderable
from configserver.javatext import java_double, java_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (0.001, "0.001"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1e-4, "1.0E-4"),
        (123456789.125, "1.23456789125E8"),
        (1e22, "1.0E22"),
        (5e-324, "4.9E-324"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_doubles_have_a_point_and_a_capital_exponent(value: float, text: str) -> None:
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8.41e21, "8.409999999999999E21"),
        (1e23, "9.999999999999999E22"),
        (2e23, "1.9999999999999998E23"),
        (2.0**63, "9.223372036854776E18"),
    ],
)
def test_java_17_does_not_always_print_the_shortest(value: float, text: str) -> None:
    assert java_double(value) == text


@given(st.floats(allow_nan=False))
def test_a_double_survives_its_text(value: float) -> None:
    assert float(java_double(value)) == value


def test_values_become_text() -> None:
    assert java_text(True) == "true"
    assert java_text(2**70) == "1180591620717411303424"
    assert java_text(datetime(2001, 1, 1, tzinfo=UTC)) == "Mon Jan 01 00:00:00 UTC 2001"
    assert java_text(b"x").startswith("[B@")


def test_an_integer_beyond_all_measure_is_refused() -> None:
    with pytest.raises(Unrenderable, match="too many digits"):
        java_text(16**5000)
