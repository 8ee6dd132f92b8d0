"""`${key:default}` in a text; what is expected was answered by the original but where noted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.placeholder_syntax import MAX_NESTING
from configserver.environment.placeholders import resolve
from configserver.errors import CircularPlaceholder, Unrenderable
from configserver.model import Environment, PropertySource, Value


def of(*layers: dict[str, Value]) -> Environment:
    sources = tuple(PropertySource(str(number), layer) for number, layer in enumerate(layers))
    return Environment("foo", "dev", None, None, None, sources)


KNOWN: dict[str, Value] = {
    "a": "value-a",
    "b": "a",
    "key-a": "found",
    "empty": "",
    "port": 8080,
    "flag": True,
    "ratio": 1e10,
    "binary": b"h\xff",
    "l[0]": "first",
    "m[a.b]": "x",
    "x:y": "colon",
    "chain": "<${b}>",
    "lost": "${missing}",
    "escaped": "\\${a}",
    " blank": "blank",
}


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        pytest.param("${a}", "value-a", id="a key"),
        pytest.param("x${b}y${b}z", "xayaz", id="several"),
        pytest.param("${port} ${flag} ${ratio}", "8080 true 1.0E10", id="other types"),
        pytest.param("${binary}", "104,-1", id="bytes are signed numbers"),
        pytest.param("${l[0]} ${m[a.b]}", "first x", id="flat keys with brackets"),
        pytest.param("${A} ${l} ${HOME}", "${A} ${l} ${HOME}", id="exactly these keys"),
        pytest.param("${chain}", "<a>", id="values are resolved"),
        pytest.param("${lost}", "${missing}", id="as far as they can be"),
        pytest.param("${missing:d}", "d", id="a default"),
        pytest.param("${missing:} ${empty:d}", " ", id="empty defaults and values"),
        pytest.param("${missing:b:c}", "b:c", id="the first colon separates"),
        pytest.param("${x:y} ${x:z}", "colon z", id="a key with a colon comes first"),
        pytest.param("${ blank} ${ a}", "blank ${ a}", id="blanks belong to keys"),
        pytest.param("${${b}:d} ${key-${b}}", "value-a found", id="nested in keys"),
        pytest.param("${missing:${m:${a}}}", "value-a", id="nested in defaults"),
        pytest.param("${m${b}}", "${ma}", id="an unresolved key is shown as it came out"),
        pytest.param("${missing:{b}} ${missing:a{b}c}", "{b} a{b}c", id="braces in defaults"),
        pytest.param("${} ${:} ${:x}", "${}  x", id="without a key"),
        pytest.param("${a ${b} $a $ {a} #{a}", "${a a $a $ {a} #{a}", id="no placeholders"),
        pytest.param("${missing\\:x}", "${missing:x}", id="an escaped colon"),
        pytest.param("${x\\:y}", "colon", id="that a key has"),
        pytest.param("\\${a} \\\\${a} \\\\\\${a}", "${a} ${a} \\${a}", id="escaped"),
        pytest.param("\\${a:${b}}", "${a:a}", id="inner ones of escaped ones are not"),
        pytest.param("${escaped}", "${a}", id="escaped in a value"),
    ],
)
def test_resolve(text: str, resolved: str) -> None:
    assert resolve(text, of(KNOWN)) == resolved


def test_the_first_source_with_the_key_counts() -> None:
    environment = of({"l[0]": "z"}, {"l[0]": "a", "l[2]": "c"})
    assert resolve("${l[0]}${l[2]}", environment) == "zc"


@pytest.mark.parametrize(
    "layer",
    [{"a": "${a}"}, {"a": "${b}", "b": "${a}"}, {"a": "${a:default}"}, {"a": "${b${a}}"}],
)
def test_circles_are_refused(layer: dict[str, Value]) -> None:
    with pytest.raises(CircularPlaceholder, match="'a'"):
        resolve("${a}", of(layer))


def test_the_same_value_twice_is_no_circle() -> None:
    assert resolve("${a}", of({"a": "${b}${b}", "b": "${c}", "c": "x"})) == "xx"


def test_only_pasted_values_are_quoted() -> None:
    layer: dict[str, Value] = {"a": "x", "kx": "y"}
    text = "a ${a} ${missing:d} ${k${a}} ${missing:${a}} ${m${a}}"
    quoted = resolve(text, of(layer), lambda value: f"<{value}>")
    assert quoted == "a <x> d <y> <x> ${m<x>}"


def test_growing_values_are_bounded() -> None:
    laughs: dict[str, Value] = {f"k{n}": f"${{k{n + 1}}}" * 10 for n in range(30)}
    with pytest.raises(Unrenderable, match="characters"):
        resolve("${k0}", of(laughs | {"k30": "ha"}))


def test_empty_values_cost_no_time_however_often_they_are_pasted() -> None:
    laughs: dict[str, Value] = {f"k{n}": f"${{k{n + 1}}}" * 10 for n in range(30)}
    assert resolve("${k0}", of(laughs | {"k30": ""})) == ""


@pytest.mark.parametrize(
    "text",
    ["${k0}", "${m:" * (MAX_NESTING + 2) + "}" * (MAX_NESTING + 2)],
)
def test_depth_is_bounded(text: str) -> None:
    chain: dict[str, Value] = {f"k{n}": f"${{k{n + 1}}}" for n in range(1000)}
    with pytest.raises(Unrenderable, match="more than"):
        resolve(text, of(chain))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["${", "${}", "{", "${${}"])
def test_many_braces_take_linear_time(piece: str) -> None:
    text = piece * 100_000
    assert resolve(text, of({})) == text


@given(st.text("${}:\\ab_", max_size=30))
def test_any_text_ends_in_some_text(text: str) -> None:
    assert isinstance(resolve(text, of({"a": "x", "b": "y"})), str)


@given(
    st.text("{}:\\ab$ ", max_size=30).filter(lambda text: "${" not in text and "$_{" not in text)
)
def test_text_without_placeholders_stays(text: str) -> None:
    assert resolve(text, of({"a": "x"})) == text
