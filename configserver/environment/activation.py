"""When a document is served: `spring.config.activate.*`."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

NO_PLATFORM = "NONE"
"""The platform this server runs on, wherever it runs."""

PLATFORMS = ("NONE", "CLOUD_FOUNDRY", "HEROKU", "SAP", "NOMAD", "KUBERNETES", "AZURE_APP_SERVICE")
"""What `on-cloud-platform` knows, as Spring Boot 4.0."""

MAX_NESTING = 300
"""How deep parentheses and negations may stand in each other."""

JAVA_BLANKS = "".join(map(chr, range(33)))
"""What Java's `trim` takes away."""

_TOKENS = re.compile(r"[()&|!]|[^()&|!]+")


class MalformedExpression(ValueError):
    """A profile expression that means nothing; the text says what is wrong, without it."""


@dataclass(frozen=True, slots=True)
class Activation:
    """What is known about the application at some stage.

    Attributes:
        platform: the cloud platform.
        profiles: the accepted profiles, None before they are known.
    """

    platform: str
    profiles: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a document demands.

    Attributes:
        platform: the cloud platform, None for any.
        expressions: profile expressions of which one must match; none at all match everything.
    """

    platform: str | None
    expressions: tuple[str, ...]

    def holds(self, activation: Activation) -> bool:
        """Say whether the document is active; with expressions it is not before profiles are known.

        Raises:
            MalformedExpression: an expression is looked at and cannot be read.
        """
        if self.platform not in (None, activation.platform):
            return False
        if not self.expressions:
            return True
        if activation.profiles is None:
            return False
        found = [matches(expression, activation.profiles) for expression in self.expressions]
        return any(found)  # all were read: a malformed one is an error behind a match, too


def platform_named(text: str) -> str | None:
    """Return the platform that a text means, in any spelling; None if it means none of them."""
    plain = _letters(text)
    return next((platform for platform in PLATFORMS if _letters(platform) == plain), None)


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def matches(expression: str, profiles: Collection[str]) -> bool:
    """Say whether a profile expression matches, as Spring's `ProfilesParser` reads it.

    `!`, `&`, `|` and parentheses; a mixture of `&` and `|` needs parentheses. As there, a missing
    or spare parenthesis and a trailing operator do no harm.

    Raises:
        MalformedExpression: it is blank, mixes operators, lacks an operand or nests too deep.
    """
    if not expression.strip():
        raise MalformedExpression("a profile expression is blank")
    return _Evaluation(expression, profiles).value("none", 0)


_Context = Literal["none", "inverted", "bracket"]


class _Evaluation:
    """The tokens of an expression that were not read yet."""

    def __init__(self, expression: str, profiles: Collection[str]) -> None:
        self._tokens: Iterator[str] = iter(_TOKENS.findall(expression))
        self._profiles = profiles

    def value(self, context: _Context, depth: int) -> bool:
        if depth > MAX_NESTING:
            raise MalformedExpression("a profile expression nests too deep")
        operands: list[bool] = []
        operator: str | None = None
        for raw in self._tokens:
            symbol = raw.strip(JAVA_BLANKS)
            if not symbol:
                continue
            if symbol in "&|":
                if operator not in (None, symbol):
                    raise MalformedExpression("a profile expression mixes & and |")
                operator = symbol
            elif symbol == ")":
                merged = _merged(operands, operator)
                if context == "bracket":
                    return merged
                operands, operator = [merged], None
            else:
                operands.append(self._operand(symbol, depth))
                if context == "inverted" and symbol != "!":
                    return operands[-1]
        return _merged(operands, operator)

    def _operand(self, symbol: str, depth: int) -> bool:
        if symbol == "(":
            return self.value("bracket", depth + 1)
        if symbol == "!":
            return not self.value("inverted", depth + 1)
        return symbol in self._profiles


def _merged(operands: list[bool], operator: str | None) -> bool:
    if not operands:
        raise MalformedExpression("a profile expression lacks an operand")
    return all(operands) if operator == "&" else any(operands)
