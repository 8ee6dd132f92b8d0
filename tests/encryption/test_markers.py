"""Prefixes, as Spring's helper reads and writes them, oddities included."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.encryption.markers import add_prefix, encryptor_keys, strip_prefix

ROWS = [
    # text, prefixes besides name and profiles, the text without them
    ("foo", {}, "foo"),
    ("", {}, ""),
    ("{key:x}foo", {"key": "x"}, "foo"),
    ("{key:x}{secret:y}foo", {"key": "x", "secret": "y"}, "foo"),
    ("{cipher}foo", {"cipher": ""}, "{cipher}foo"),
    ("{cipher}{key:x}AQ", {"cipher": "", "key": "x"}, "AQ"),
    ("{foo}bar", {"foo": ""}, "{foo}bar"),
    ("{key:}foo", {"key:": ""}, "foo"),
    ("{key:a:b}foo", {"key": "a:b"}, "foo"),
    ("{key:a:}foo", {"key:a:": ""}, "foo"),
    ("{:}foo", {":": ""}, "foo"),
    ("{}foo", {"": ""}, "{}foo"),
    ("{plain}{key:x}foo", {}, "{key:x}foo"),
    ("{key:y}{plain}{key:x}foo", {"key": "y"}, "{key:x}foo"),
    ("a{plain}b{plain}c", {}, "b{plain}c"),
    ('{"a":"b"}', {'"a"': '"b"'}, ""),
    ('{plain}{"a":"b"}', {}, '{"a":"b"}'),
    ("foo}bar", {}, "foo}bar"),
    ("foo}{key:x}bar", {"key": "x"}, "foo}{key:x}bar"),
    (" \t{key:x}bar", {"key": "x"}, " \t{key:x}bar"),
    ("{key:x} {secret:y}bar", {"key": "x", "secret": "y"}, " {secret:y}bar"),
    ("{key: x }bar", {"key": " x"}, "bar"),
    ("{key:x}{key:y}bar", {"key": "y"}, "bar"),
    ("{key:x", {}, "{key:x"),
    ("{key:\nx}bar", {"key": "\nx"}, "{key:\nx}bar"),
    ("{ke\u2028y:x}bar", {"ke\u2028y": "x"}, "{ke\u2028y:x}bar"),
    ("{name:n}foo", {}, "foo"),
    ("{name:n}{key:x}foo", {}, "foo"),
    ("{key:x}{name:n}foo", {"key": "x"}, "foo"),
    ("{name:n}{key:x}foo}bar", {}, "foo}bar"),
    ("{profiles:p}{key:x}foo", {}, "foo"),
    ("{name:\n{name:n}{key:x}\nfoo", {}, "{name:\n{name:n}{key:x}\nfoo"),
    ("{name:\n}foo", {"name:": ""}, "{name:\n}foo"),
]


@pytest.mark.parametrize(("text", "prefixes", "rest"), ROWS, ids=lambda value: repr(value)[:30])
def test_prefixes_are_read_as_in_the_original(
    text: str, prefixes: dict[str, str], rest: str
) -> None:
    assert encryptor_keys("app", "dev", text) == {"name": "app", "profiles": "dev"} | prefixes
    assert strip_prefix(text) == rest


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("{key:test}foo", "{key:test}"),
        ("{foo}bar", "{foo:}"),
        ("{cipher}{key:x}foo", "{cipher:}{key:x}"),
        ("{key:}foo", "{key::}"),
        ("{plain}{key:x}foo", ""),
        ("foo", ""),
    ],
)
def test_prefixes_are_written_before_a_new_cipher(text: str, before: str) -> None:
    assert add_prefix(encryptor_keys("app", "dev", text), "ABC") == before + "ABC"


def test_name_and_profiles_come_first() -> None:
    assert list(encryptor_keys("app", "dev", "{a:b}{c:d}")) == ["name", "profiles", "a", "c"]


@given(st.text())
def test_plain_escapes_any_text(text: str) -> None:
    assert strip_prefix("{plain}" + text) == text
    assert encryptor_keys("app", "dev", "{plain}" + text) == {"name": "app", "profiles": "dev"} or (
        "{name:" in text or "{profiles:" in text
    )


@pytest.mark.parametrize(
    "text",
    ["{" * 60_000 + "}", "{}" + ":" * 60_000, "{name:" * 10_000, "}" * 60_000, "{a:b}" * 12_000],
)
def test_no_text_takes_long(text: str) -> None:
    """Where a text is searched again from each of its places, these take minutes."""
    start = time.process_time()
    encryptor_keys("app", "dev", text)
    strip_prefix(text)
    assert time.process_time() - start < 1
