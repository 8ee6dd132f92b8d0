import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.web.negotiation import (
    ACTUATOR,
    BYTES,
    HTML,
    JSON,
    V2,
    actuator_type,
    environment_type,
    error_type,
    names_bytes,
    parse_accept,
    text_type,
)

V1 = "application/vnd.spring-cloud.config-server.v1+json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("*", JSON),
        (JSON, JSON),
        ("APPLICATION/JSON", JSON),
        (" application/json ", JSON),
        ("application/json,", JSON),
        ("application/json, , text/plain", JSON),
        ("application/*", JSON),
        ("application/json;q=0", JSON),
        ("application/hal+json, */*", JSON),
        ("text/html, */*;q=0.1", JSON),
        ("text/plain, application/json;q=0.9", JSON),
        ("application/json;charset=utf-8", "application/json;charset=utf-8"),
        ("application/json;charset=ISO-8859-1", JSON),
        (V2, V2),
        (f"{V2};charset=UTF-8", f"{V2};charset=UTF-8"),
        ("application/*+json", V2),
        (f"{V2}, */*", V2),
        (f"{V2};q=0.9, */*", JSON),
        (f"{V2}, {JSON}", V2),
        (f"{JSON}, {V2}", JSON),
        (f"{JSON};q=0.1, {V2}", V2),
        (f"{V2};q=0.1, {JSON}", JSON),
        (f"{V1}, {V2};q=0.5", V2),
        (V1, None),
        ("text/plain", None),
        ("text/*", None),
        ("application/vnd.spring-cloud.config-server.*", None),
        # malformed
        ("json", None),
        ("application", None),
        ("application/json;q=2", None),
        ("application/json;q=x", None),
        ("application/json;charset=nonsense", None),
        (";", None),
        ("*/json", None),
        ('application/json;a="', None),
    ],
)
def test_environments_come_in_two_types(accept: str, expected: str | None) -> None:
    assert environment_type(parse_accept(accept)) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("text/*", "text/plain"),
        ("text/html", "text/html"),
        ("image/png", "image/png"),
        ("application/xml, text/plain", "application/xml"),
        ("text/csv;q=0.5, text/html", "text/html"),
        ("image/*, text/plain;q=0.5", "text/plain"),
        ("text/plain;charset=ISO-8859-1", "text/plain;charset=ISO-8859-1"),
        ('text/plain;charset="ISO-8859-1"', "text/plain;charset=ISO-8859-1"),
        ('text/plain; a = "b,c"', 'text/plain;a="b,c"'),
        ("application/*+json", "application/json"),
        ("image/*", None),
        ("json", None),
    ],
)
def test_text_is_of_any_named_type(accept: str, expected: str | None) -> None:
    wanted = text_type(parse_accept(accept))
    assert (wanted and wanted.name + wanted.parameters) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", False),
        ("text/plain", False),
        (BYTES, True),
        (f"*/*, {BYTES}", True),
        (f"text/csv;q=0.5, {BYTES};q=0.4", True),
        ("application/*", True),
        ("application/*+json", False),
    ],
)
def test_bytes_must_be_named(accept: str, expected: bool) -> None:
    assert names_bytes(parse_accept(accept)) is expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/*+json", JSON),
        (V2, V2),
        (V1, V1),
        ("application/problem+json", "application/problem+json"),
        ("text/html", HTML),
        ("text/*", HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/plain", None),
        ("image/png", None),
        ("application/xml", None),
        ("json", None),
    ],
)
def test_errors_are_json_or_a_page_or_empty(accept: str, expected: str | None) -> None:
    assert error_type(parse_accept(accept)) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("", ACTUATOR), (JSON, JSON), ("application/*", ACTUATOR), ("text/plain", None)],
)
def test_the_actuator_has_types_of_its_own(accept: str, expected: str | None) -> None:
    assert actuator_type(parse_accept(accept)) == expected


@given(st.text(alphabet='a/*+-;=q0.1,"  \x00é', max_size=60))
def test_any_header_is_understood_or_malformed(header: str) -> None:
    accept = parse_accept(header)
    assert accept is None or len(accept) >= 1


def test_a_header_of_thousands_of_ranges_is_no_trouble() -> None:
    header = ",".join(f"a/b{i};q=0.{i % 10}" for i in range(4000)) + ',"' * 2000
    assert parse_accept(header) is None
