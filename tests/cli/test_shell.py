"""`--format env`: names of variables, and quoting that no value escapes from."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configserver.cli.shell import assignments, quoted, variable_name
from configserver.errors import Unrenderable


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("spring.datasource.url", "SPRING_DATASOURCE_URL"),
        ("spring.datasource.hikari-pool[0]", "SPRING_DATASOURCE_HIKARIPOOL_0"),
        ("list[0][1].name", "LIST_0_1_NAME"),
        ("camelCase.snake_case", "CAMELCASE_SNAKE_CASE"),
        ("m[a.b/c]", "M_A_B_C_"),
        ("0day", "_0DAY"),
        ("straße", "STRA_E"),
        ("a b;rm -rf", "A_B_RM_RF"),
        ("", "_"),
    ],
)
def test_variable_name(key: str, name: str) -> None:
    assert variable_name(key) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", "''"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("$(id) `id`", "'$(id) `id`'")],
)
def test_quoted(value: str, shown: str) -> None:
    assert quoted(value) == shown


@pytest.mark.parametrize(
    "key",
    ["path", "PATH", "ifs", "env", "ld.preload", "bash-env", "bash.env", "ps4", "dyld.x", "uid"],
)
def test_names_of_the_shell_are_left_out(key: str) -> None:
    ok = key == "bash-env"  # BASHENV means nothing to anyone
    assert [line is not None for _, line in assignments({key: "x"})] == [ok]


def test_first_of_two_keys_with_one_name_holds() -> None:
    lines = list(assignments({"a.b": "1", "a-b": "2", "a_b": "3"}))
    assert lines == [("a.b", "A_B='1'"), ("a-b", "AB='2'"), ("a_b", None)]


def test_nul_is_refused_without_showing_the_value() -> None:
    with pytest.raises(Unrenderable, match="'a' holds NUL") as caught:
        list(assignments({"a": "secret\0"}))
    assert "secret" not in str(caught.value)


@settings(max_examples=30, deadline=None)
@given(
    key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_a_shell_reads_every_value_back(key: str, value: str) -> None:
    name = f"X_{variable_name(key)}"
    script = f'{name}={quoted(value)}\nprintf %s "${name}"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert ran.stdout == value.encode()
    assert not ran.stderr
