"""Which source a value comes from, and where in its file."""

import pytest

from configserver.cli.rows import Row, print_table, rows
from configserver.doctor.text import printable
from configserver.model import Environment, Position, PropertySource, Value

STRONG: dict[str, Value] = {"a": "${b}", "l[0]": 1}
WEAK: dict[str, Value] = {"a": "hidden", "b": True, "l[0]": 2, "l[1]": 3, "c": "x"}


def environment(*sources: PropertySource) -> Environment:
    return Environment("shop", "dev", None, None, "", sources)


def source(name: str, properties: dict[str, Value]) -> PropertySource:
    origins = {key: Position(line, 7) for line, key in enumerate(properties, 1) if key != "c"}
    return PropertySource(f"uri/{name}", properties, origins, name)


def test_the_strongest_source_is_named() -> None:
    overrides = PropertySource("overrides", {"z": "1"})
    found = rows(environment(overrides, source("shop.yml", STRONG), source("app.yml", WEAK)))
    assert sorted(found) == [
        Row("a", "true", "shop.yml:1:7"),
        Row("b", "true", "app.yml:2:7"),
        Row("c", "x", "app.yml"),
        Row("l[0]", "1", "shop.yml:2:7"),
        Row("z", "1", "overrides"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain ü", "plain ü"), ("a\nb\t", "a\\nb\\t"), ("\x1b[31m\x9b", "\\x1b[31m\\x9b")],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_without_a_terminal_columns_are_separated_by_tabs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table([Row("a", "b\tc", "f.yml:1:1")])
    assert capsys.readouterr().out == "a\tb\\tc\tf.yml:1:1\n"
