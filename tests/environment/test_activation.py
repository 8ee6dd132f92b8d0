"""Profile expressions, against their truth tables."""

from contextlib import suppress
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.environment.activation import (
    MAX_NESTING,
    Activation,
    Condition,
    MalformedExpression,
    matches,
    platform_named,
)

NAMES = ("a", "b", "c")
WORLDS = [
    frozenset(world) for world in chain.from_iterable(combinations(NAMES, n) for n in range(4))
]


@pytest.mark.parametrize(
    ("expression", "python"),
    [
        ("a", "a"),
        ("!a", "not a"),
        ("a & b", "a and b"),
        ("a|b|c", "a or b or c"),
        ("!(a | b)", "not (a or b)"),
        ("(a & !b) | c", "(a and not b) or c"),
        ("!a & !b", "not a and not b"),
        ("(a | b) & (b | c)", "(a or b) and (b or c)"),
        # lenient, as in Spring
        ("(a", "a"),
        ("a)", "a"),
        ("a &", "a"),
        ("& a", "a"),
        ("!!a", "a"),
        ("a) & b", "a and b"),
        ("(a | b) c", "a or b or c"),
        ("a b", "False"),
        ("  a\t", "a"),
    ],
)
def test_expressions(expression: str, python: str) -> None:
    for world in WORLDS:
        truth = eval(python, {name: name in world for name in NAMES})
        assert matches(expression, world) == truth, world


@pytest.mark.parametrize(
    "expression",
    ["", " ", "!", "()", "&", "a & b | c", "a | (b & c | a)", "(" * (MAX_NESTING + 2) + "a"],
)
def test_malformed(expression: str) -> None:
    with pytest.raises(MalformedExpression):
        matches(expression, {"a"})


Expression = tuple[str, str]
atoms = st.sampled_from(NAMES).map(lambda name: (name, name))


def joined(pairs: list[Expression], sign: str) -> Expression:
    word = " and " if "&" in sign else " or "
    return sign.join(f"({pair[0]})" for pair in pairs), word.join(f"({pair[1]})" for pair in pairs)


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operands = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(lambda pair: (f"!({pair[0]})", f"not ({pair[1]})")),
        st.builds(joined, operands, st.sampled_from(["&", " | "])),
    )


@given(st.recursive(atoms, grown, max_leaves=8), st.sampled_from(WORLDS))
def test_well_formed_expressions_mean_what_they_say(
    pair: Expression, world: frozenset[str]
) -> None:
    expression, python = pair
    assert matches(expression, world) == eval(python, {name: name in world for name in NAMES})


@given(st.text("ab&|!() ", max_size=12), st.sampled_from(WORLDS))
def test_any_text_is_a_truth_or_malformed(text: str, world: frozenset[str]) -> None:
    with suppress(MalformedExpression):
        assert matches(text, world) in (True, False)


@pytest.mark.parametrize(
    ("condition", "activation", "holds"),
    [
        (Condition(None, ()), Activation("NONE"), True),
        (Condition("NONE", ()), Activation("NONE"), True),
        (Condition("HEROKU", ()), Activation("NONE"), False),
        (Condition(None, ("!a",)), Activation("NONE"), False),
        (Condition(None, ("!a",)), Activation("NONE", ("b",)), True),
        (Condition(None, ("a", "b")), Activation("NONE", ("b",)), True),
        (Condition("HEROKU", ("b",)), Activation("NONE", ("b",)), False),
        (Condition("HEROKU", ("()",)), Activation("NONE", ("b",)), False),
    ],
)
def test_conditions(condition: Condition, activation: Activation, holds: bool) -> None:
    assert condition.holds(activation) == holds


def test_a_malformed_expression_is_found_behind_a_match() -> None:
    with pytest.raises(MalformedExpression):
        Condition(None, ("a", "()")).holds(Activation("NONE", ("a",)))


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("kubernetes", "KUBERNETES"),
        ("cloud-foundry", "CLOUD_FOUNDRY"),
        ("AzureAppService", "AZURE_APP_SERVICE"),
        ("nonsense", None),
        ("false", None),
    ],
)
def test_platforms(text: str, platform: str | None) -> None:
    assert platform_named(text) == platform
