"""How keys of served files are spelt, and what values they are bound to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.relaxed import INCLUDE, MAX_KEY, ON_PROFILE, VALIDATE, SpringKeys
from configserver.errors import InvalidFile
from configserver.model import Document, Position, Value


def keys(properties: dict[str, Value]) -> SpringKeys:
    return SpringKeys(Document(properties, {"spring.profiles.include": Position(2, 5)}), "foo.yml")


@pytest.mark.parametrize(
    "key",
    [
        *("spring.config.activate.on-profile", "spring.config.activate.onProfile"),
        *("spring.config.activate.ON_PROFILE", "SPRING.Config.activate.o-n-p-r-o-f-i-l-e"),
        *("spring..config.activate.on-profile.", ".spring[config].activate.onprofile"),
    ],
)
def test_spellings(key: str) -> None:
    assert keys({key: "dev"}).text(ON_PROFILE, str) == "dev"


@pytest.mark.parametrize(
    "key",
    [
        *("spring.config.activate.profile", "spring.config.activate[on-profile]"),
        *("spring.config.activate.on.profile", "springconfig.activate.on-profile"),
        *("x.spring.config.activate.on-profile", "spring.config.activate.on-profile.x"),
        "spring.config.activate.on-profile" + "-" * MAX_KEY,
    ],
)
def test_other_keys(key: str) -> None:
    assert keys({key: "dev"}).text(ON_PROFILE, str) is None


def test_kebab_case_wins_then_what_comes_first() -> None:
    relaxed: dict[str, Value] = {
        "spring.config.activate.onProfile": "a",
        "spring.config.activate.onprofile": "b",
    }
    assert keys(relaxed).text(ON_PROFILE, str) == "a"
    kebab: dict[str, Value] = {"spring.config.activate.on-profile": "c"}
    assert keys(relaxed | kebab).text(ON_PROFILE, str) == "c"


NAME = "spring.profiles.include"


@pytest.mark.parametrize(
    ("properties", "texts"),
    [
        ({}, None),
        ({NAME: ""}, ()),
        ({NAME: "a"}, ("a",)),
        ({NAME: " a , b c,"}, ("a", "b c", "")),
        ({NAME: 12}, ("12",)),
        ({NAME: True}, ("true",)),
        ({f"{NAME}[0]": "a", f"{NAME}[1]": 1.0}, ("a", "1.0")),
        ({f"{NAME}[0]": " a,b "}, (" a,b ",)),
        ({f"{NAME}.0": "a"}, ("a",)),
        ({f"{NAME}[0]": "a", NAME: "b"}, ("b",)),
        ({f"{NAME}.x": "a"}, None),
    ],
)
def test_lists(properties: dict[str, Value], texts: tuple[str, ...] | None) -> None:
    assert keys(properties).texts(INCLUDE, str) == texts


@pytest.mark.parametrize("rest", ["[1]", "[x]", "[0][0]", "[0].x", "[-1]", "[00]"])
def test_lists_with_gaps(rest: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        keys({f"{NAME}{rest}": "a"}).texts(INCLUDE, str)
    assert caught.value.path == "foo.yml"


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), (" ON ", True), ("1", True), ("no", False), (False, False), ("", None)],
)
def test_flags(value: Value, flag: bool | None) -> None:
    assert keys({"spring.profiles.validate": value}).flag(VALIDATE, str) == flag


@pytest.mark.parametrize("value", ["maybe", 1, 0.5])
def test_no_flags(value: Value) -> None:
    with pytest.raises(InvalidFile):
        keys({"spring.profiles.validate": value}).flag(VALIDATE, str)


def test_an_error_says_where() -> None:
    error = keys({NAME: "secret"}).invalid(INCLUDE, "wrong")
    assert str(error) == "foo.yml:2:5: 'spring.profiles.include' is wrong"


@given(st.dictionaries(st.text("spring.config[]0-_ ", max_size=30), st.just("x")))
def test_any_keys_can_be_asked(properties: dict[str, Value]) -> None:
    found = keys({f"spring.{key}": value for key, value in properties.items()})
    assert found.text(ON_PROFILE, str) in (None, "x")
